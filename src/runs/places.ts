import { HoldfastError } from '../base/errors.ts';
import type { BackupRecord } from '../catalog/backup-record.ts';
import { isChunkDamage } from '../engine/read/chunk-reader.ts';
import { isRefusal } from '../engine/read/manifest.ts';
import type { RunContext } from './context.ts';

/** The kinds of stores, those that are read fastest first. */
const nearestFirst = ['database', 'memory', 'file', 'sftp', 's3', 'azure'] as const;

/**
 * The configured stores that a completed backup is in: where it is at home, if it is whole there, then whole copies, the
 * nearest first, then what is known to be damaged.
 */
export function placesOf({ stores }: Pick<RunContext, 'stores'>, record: BackupRecord): string[] {
  const copies = record.copies
    .filter(({ state, store }) => (state === 'copied' || state === 'damaged') && stores.names.includes(store))
    .map(({ state, store }) => ({
      store,
      damaged: state === 'damaged',
      rank: 1 + nearness(stores.addressOf(store).scheme),
    }));
  // One that is no longer configured is named all the same: the error says so.
  const home = { store: record.store, damaged: record.damaged, rank: 0 };
  return [home, ...copies]
    .toSorted((one, other) => Number(one.damaged) - Number(other.damaged) || one.rank - other.rank)
    .map(({ store }) => store);
}

function nearness(scheme: (typeof nearestFirst)[number]): number {
  return nearestFirst.indexOf(scheme);
}

/** A store that is away says nothing of what is in it, nor does one that nothing is written to until a person has looked. */
export function isOfStore(error: unknown): error is HoldfastError {
  return error instanceof HoldfastError && /^STORE_|^KEY_REQUIRED$|^BACKUP_ROLLED_BACK$/.test(error.code);
}

/** Whether what could not be read in one store may be whole in another. */
export function mayBeElsewhere(error: unknown): error is HoldfastError {
  return isRefusal(error) || isChunkDamage(error) || isOfStore(error);
}
