import {
  historyIn,
  type LookedInto,
  type RowHistory,
  type WantedHistory,
} from '../engine/diff/row-versions.ts';
import { factsOfType } from '../contract/backup-type.ts';
import type { RunContext } from './context.ts';
import { markDamagedOnError } from './damage.ts';
import { withIdentity } from './given-identity.ts';
import { completedBackup, openHeld } from './open-backup.ts';

const backupsPerPage = 100;

/**
 * How a row was in each backup, none of which can be deleted while it is looked into.
 * @throws what `historyIn` throws
 */
export async function rowHistory(
  context: RunContext,
  { signal, ...wanted }: WantedHistory & { signal?: AbortSignal | undefined },
  identity: string | undefined,
): Promise<RowHistory<{ id: number }>> {
  const leaving = AbortSignal.any([context.stopping, ...(signal ? [signal] : [])]);
  return withIdentity(context, identity, (opened) => historyIn(newestFirst(opened), wanted, leaving));
}

async function* newestFirst(context: RunContext): AsyncGenerator<LookedInto<{ id: number }>> {
  let before: number | null = null;
  for (;;) {
    const page = { limit: backupsPerPage, before, status: 'completed' as const };
    const { rows, more } = await context.catalog.backups.list(page);
    const withTables = rows.filter(({ type }) => factsOfType[type].holdsTables);
    for (const { id } of withTables) yield { name: { id }, look: (find) => lookInto(context, id, find) };
    before = rows.at(-1)?.id ?? null;
    if (!more || before === null) return;
  }
}

async function lookInto(
  context: RunContext,
  id: number,
  find: Parameters<LookedInto<object>['look']>[0],
): ReturnType<LookedInto<object>['look']> {
  const lock = await context.readLocks.hold(id);
  try {
    return await markDamagedOnError(context, id, async () => {
      const { store, manifest } = await openHeld(context, await completedBackup(context, id));
      return find(store, manifest, lock.lost);
    });
  } finally {
    await lock.release();
  }
}
