import { HoldfastError } from '../base/errors.ts';
import type { GlobalsBody, GlobalsOptions, GlobalsPlan, GlobalsReport } from '../contract/globals.ts';
import { globalsPlan, restoreGlobals, type GlobalsWork } from '../engine/globals/restore.ts';
import type { ServerGlobals } from '../format/globals.ts';
import { firstDatabase } from '../postgres/server-address.ts';
import { addressOf } from './another-server.ts';
import type { RunContext } from './context.ts';
import { markDamagedOnError } from './damage.ts';
import { withIdentity } from './given-identity.ts';
import { completedBackup, openHeld } from './open-backup.ts';

export type GlobalsOrder = GlobalsOptions & Pick<GlobalsBody, 'targetUrl' | 'identity'>;

/** Restores of globals. They are no runs: each takes a moment, and its caller hears how it ended. */
export function globalsOf(context: RunContext) {
  return {
    plan: (id: number, order: GlobalsOrder) => planOfGlobals(context, id, order),
    restore: (id: number, order: GlobalsOrder) => makeGlobals(context, id, order),
  };
}

/**
 * What a server lacks of the globals in a backup, which cannot be deleted meanwhile.
 * @throws BACKUP_NOT_FOUND, BACKUP_NOT_COMPLETE, BACKUP_IN_USE while it is being deleted, BACKUP_WITHOUT_GLOBALS, MANIFEST_INVALID;
 *   KEY_REQUIRED, KEY_INVALID; what reading the server throws
 */
function planOfGlobals(context: RunContext, id: number, order: GlobalsOrder): Promise<GlobalsPlan> {
  return withGlobals(context, id, order, globalsPlan);
}

/** Makes it. @throws what `planOfGlobals` and `restoreGlobals` throw */
async function makeGlobals(context: RunContext, id: number, order: GlobalsOrder): Promise<GlobalsReport> {
  const report = await withGlobals(context, id, order, restoreGlobals);
  context.liveSchema.forget();
  return report;
}

/** `host:port` of another server, which is no secret; undefined for the one that is backed up. @throws INVALID_REQUEST */
export function serverOf({ targetUrl }: Pick<GlobalsOrder, 'targetUrl'>): string | undefined {
  return targetUrl === undefined ? undefined : addressOf(targetUrl).server;
}

async function withGlobals<T>(
  context: RunContext,
  id: number,
  { identity, targetUrl, ...options }: GlobalsOrder,
  work: (globals: ServerGlobals, options: GlobalsOptions, work: GlobalsWork) => Promise<T>,
): Promise<T> {
  const { databases, settings, readLocks, stopping } = context;
  const lock = await readLocks.hold(id);
  try {
    const globals = await withIdentity(context, identity, (opened) =>
      markDamagedOnError(opened, id, async () => {
        const { manifest } = await openHeld(opened, await completedBackup(opened, id));
        if (!manifest.globals) throw withoutGlobals(id);
        return manifest.globals;
      }),
    );
    const live = targetUrl === undefined ? databases.live : await firstDatabase(addressOf(targetUrl).target);
    const signal = AbortSignal.any([stopping, lock.lost]);
    return await work(globals, options, { live, lockTimeoutMs: settings.lockTimeoutMs, signal });
  } finally {
    await lock.release();
  }
}

function withoutGlobals(id: number): HoldfastError {
  return new HoldfastError('BACKUP_WITHOUT_GLOBALS', `The backup ${id} is of a database, not of roles.`, {
    details: { id },
  });
}
