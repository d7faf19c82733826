import type { BackupApi, StoreSelfTest } from '../../api/contract.ts';
import type { Config } from '../../options.ts';
import { databaseStoreName } from '../../engine/stores/configured-stores.ts';
import { asHoldfastError } from '../terminal/output.ts';
import { fail, ok, warn, type Check } from './check.ts';

/** Tries each configured store outside the database with objects of its own, all at once. */
export async function checkStores(config: Config, api: BackupApi): Promise<Check[]> {
  const { stores, written, copiedTo } = config.stores;
  const outside = stores.map(({ name }) => name).filter((name) => name !== databaseStoreName);
  return Promise.all(
    outside.map(async (name) => {
      const isUsed = name === written || copiedTo.includes(name);
      try {
        const { test } = await api.testStore(name, { measure: false });
        return checkOf(name, test, isUsed);
      } catch (thrown) {
        const error = asHoldfastError(thrown);
        return fail(`store ${name}`, error.code, error.message, error.hint);
      }
    }),
  );
}

/** @param isUsed whether backups are written or copied there; others may be there to be read only */
function checkOf(name: string, { address, error, steps, leftBehind }: StoreSelfTest, isUsed: boolean): Check {
  const title = `store ${name}`;
  if (error) {
    const hint = error.hint ?? `See all of it: holdfast store test ${name}`;
    return isUsed ? fail(title, error.code, error.message, hint) : warn(title, error.message, hint);
  }
  if (leftBehind !== null) {
    return warn(
      title,
      `${address}: these credentials may not delete, so no cleanup frees anything there.`,
      'Allow it below the prefix of the store, unless that is how you want it.',
    );
  }
  const took = steps.reduce((sum, { tookMs }) => sum + (tookMs ?? 0), 0);
  return ok(title, `${address}: write, read, list, overwrite and delete work, ${took} ms`);
}

/** What the self-test of a place does not show: that it is the store that was meant, and that it opens. */
export async function checkContents(
  { written, copiedTo }: Config['stores'],
  api: BackupApi,
): Promise<Check[]> {
  const used = [written, ...copiedTo];
  const { stores } = await api.listStores();
  return stores.map(({ name, state, error, sealed }) => {
    const title = `contents of ${name}`;
    if (error !== null) {
      const hint = error.hint ?? `See all of it: holdfast store check ${name}`;
      return used.includes(name)
        ? fail(title, error.code, error.message, hint)
        : warn(title, error.message, hint);
    }
    if (state === 'absent') return ok(title, 'none yet: the first backup makes the store');
    return ok(title, `opens${sealed === true ? ', encrypted' : ', not encrypted'}`);
  });
}
