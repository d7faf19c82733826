import { HoldfastError } from '../base/errors.ts';
import {
  forgetStore as forgetRows,
  isWrittenTo,
  onlyIn,
  type OnlyThere,
} from '../catalog/forgotten-stores.ts';
import { databaseStoreName } from '../engine/stores/configured-stores.ts';
import { forgetStore as forgetIndex } from '../store/stores.ts';
import type { ForgottenStoreAnswer, LostBackups } from '../contract/store.ts';
import { lostBackupsSentence } from '../contract/store-words.ts';
import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { RunContext } from './context.ts';

/**
 * Has the catalog forget a store that is lost, or used no more. Backups with a whole copy elsewhere are at home there from now on;
 * nothing in the store is touched.
 * @param deleteRows also where backups are in this store alone: they are in the catalog no more, and `import` finds them again
 *   An open finding of the radar does not refuse that, as it refuses a cleanup: the caller has named the store and said so, and
 *   nothing that could be restored is deleted. What it kept is named.
 * @throws INVALID_REQUEST for the one in the database, for one that a run writes to, and where backups are in this store alone;
 *   STORE_NOT_FOUND for a name that nothing knows
 */
export async function forgetStore(
  { catalog, stores, logger }: RunContext,
  name: string,
  { deleteRows }: { deleteRows: boolean },
): Promise<ForgottenStoreAnswer> {
  const { pool, schema } = catalog;
  if (name === databaseStoreName) {
    throw new HoldfastError(
      'INVALID_REQUEST',
      'The store in the database cannot be forgotten: the catalog is in it.',
      {
        hint: 'Name a store outside the database.',
      },
    );
  }
  const only = await onlyIn(pool, schema, name);
  if (!stores.names.includes(name) && only.length === 0 && !(await catalog.stores.get(name))) {
    throw new HoldfastError('STORE_NOT_FOUND', `Nothing is known of a store named ${JSON.stringify(name)}.`, {
      details: { store: name },
    });
  }
  if (await isWrittenTo(pool, schema, name)) {
    throw new HoldfastError('INVALID_REQUEST', `A run that has not ended writes to the store ${name}.`, {
      hint: 'Wait until it has ended, or cancel it.',
      details: { store: name },
    });
  }
  const lost = lostOf(only);
  if (lost && !deleteRows) throw onlyThere(name, lost);
  const forgotten = await forgetRows(
    pool,
    schema,
    name,
    only.map(({ id }) => id),
  );
  await forgetIndex({ pool, schema: quoteIdentifier(schema) }, name);
  logger.log(lost ? 'warn' : 'info', `store ${name} forgotten`, { ...forgotten, lost });
  return { success: true, name, ...forgotten, lost };
}

/** What of it could be restored. */
function lostOf(only: readonly OnlyThere[]): LostBackups | null {
  const completed = only.filter((each) => each.completed);
  const newest = completed.at(-1);
  if (newest === undefined) return null;
  const idsOf = (backups: readonly OnlyThere[]): number[] => backups.map(({ id }) => id);
  return {
    backups: idsOf(completed),
    newestAt: newest.at.toISOString(),
    pinned: idsOf(completed.filter(({ pinned }) => pinned)),
    held: idsOf(completed.filter(({ heldBy }) => heldBy.length > 0)),
  };
}

function onlyThere(name: string, lost: LostBackups): HoldfastError {
  return new HoldfastError(
    'INVALID_REQUEST',
    `The store ${name} was not forgotten. ${lostBackupsSentence(name, lost)}`,
    {
      hint: 'Copy them to another store first, or confirm that the catalog forgets them too (force).',
      details: { store: name, ...lost },
    },
  );
}
