import { HoldfastError } from '../base/errors.ts';
import { version } from '../base/package.ts';
import { nameOfJoint, type JointKind, type JointRun } from '../catalog/joint-runs.ts';
import { helpBackup } from '../engine/backup/help-backup.ts';
import { knowledgeKey } from '../engine/backup/known-ranges.ts';
import type { BackupTerms } from '../engine/backup/given-ranges.ts';
import { aboutTerms } from '../engine/sharing/lead.ts';
import { readLetter } from '../engine/sharing/letters.ts';
import type { HelperPlace } from '../engine/sharing/sharing.ts';
import { restoreKey, type RestoreTerms } from '../engine/restore/given-loads.ts';
import { helpRestore } from '../engine/restore/help-restore.ts';
import { requireSealing } from '../format/sealing/keys.ts';
import type { RunContext } from './context.ts';
import { knownPlace } from './known-place.ts';
import { openLocks } from './locks.ts';
import { backupNotFound, openBackup } from './open-backup.ts';

/** Work on a run of another process that can begin. */
export interface Help {
  /** @returns how many pieces it has done */
  help(place: HelperPlace): Promise<number>;
  close(): Promise<void>;
}

/**
 * Opens what is needed to work on a run, and proves that it is what the lead of the run uses.
 * @throws why this process cannot: STORE_*, KEY_REQUIRED; INVALID_CONFIGURATION
 */
export function prepareHelp(context: RunContext, run: JointRun): Promise<Help> {
  return preparations[run.kind](context, run);
}

const preparations: Record<JointKind, (context: RunContext, run: JointRun) => Promise<Help>> = {
  async backup(context, run) {
    const { catalog, stores, databases, settings, stopping } = context;
    const record = await catalog.backups.get(run.id);
    if (!record) throw backupNotFound(run.id);
    const store = await stores.open(record.store);
    // That there is the turn which this catalog has taken proves that it is the same place.
    await stores.confirmTurn(record.store);
    const key = knowledgeKey(requireSealing(store.keys));
    const terms = termsOf<BackupTerms>(run, key);
    const known = knownPlace(context, record.store);
    const { source } = databases;
    return {
      help: (place) =>
        helpBackup(place, { source, store, known, terms, key, connections: settings.jobs, signal: stopping }),
      async close() {},
    };
  },
  async restore(context, run) {
    const { catalog, databases, settings, stopping } = context;
    const record = await catalog.restores.get(run.id);
    if (!record) throw refuse('there is no such restore any more.');
    const locks = await openLocks(databases.locks, catalog.schema);
    try {
      const { store, manifest } = await openBackup(context, locks, record.backupId);
      const terms = termsOf<RestoreTerms>(run, restoreKey(store.keys));
      const { live } = databases;
      return {
        help: (place) =>
          helpRestore(place, { live, store, manifest, terms, connections: settings.jobs, signal: stopping }),
        close: () => locks.close(),
      };
    } catch (error) {
      await locks.close();
      throw error;
    }
  },
};

function termsOf<Terms extends { version: string }>(
  run: JointRun,
  key: Parameters<typeof readLetter>[2],
): Terms {
  let terms: Terms;
  try {
    terms = readLetter(run.terms, aboutTerms(nameOfJoint(run.kind, run)), key) as Terms;
  } catch {
    throw refuse('the process that performs it has other keys for its store.');
  }
  if (terms.version !== version) {
    throw refuse(`the process that performs it is Holdfast ${terms.version}, and this one ${version}.`);
  }
  return terms;
}

function refuse(why: string): HoldfastError {
  return new HoldfastError('INVALID_CONFIGURATION', why);
}
