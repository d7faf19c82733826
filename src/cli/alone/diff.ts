import {
  compareBackups,
  compareWithLive,
  comparisonLimit,
  type ComparedBackup,
  type TableComparison,
} from '../../engine/diff/compare-tables.ts';
import type { RowDiff } from '../../engine/diff/diff.ts';
import { parseOptions } from '../../options.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import type { Invocation } from '../invocation.ts';
import { localOptions } from '../system.ts';
import { findBackup, lockTimeoutMs, withStore } from './alone.ts';
import type { AloneOptions, NamedAlone } from './options.ts';
import { underControl } from './under-control.ts';

/** Compares a table of a backup of a store alone with another backup of it, or with the database of the invocation. */
export async function diffAlone(
  invocation: Invocation,
  { alone, store: address }: NamedAlone,
  wanted: TableComparison & { against: string },
  options: AloneOptions,
): Promise<RowDiff & { backup: string; against: string }> {
  const live = wanted.against === 'live' ? await liveOf(invocation) : undefined;
  return withStore(invocation, options, address, async (opened) => {
    const { store, uuid, manifest } = await findBackup(invocation, opened, alone);
    const other = live ? undefined : await findBackup(invocation, opened, wanted.against);
    const named = (of: string, its: typeof manifest): ComparedBackup => ({
      name: `backup ${of}`,
      store,
      manifest: its,
    });
    const left = 'A comparison only reads.';
    const work = { title: `Comparison with ${uuid}`, afterCancel: left, onLeaving: () => left };
    const diff = await underControl(invocation, work, async (control) => {
      const limit = comparisonLimit();
      const signal = AbortSignal.any([control.signal, limit.signal]);
      try {
        const backup = named(uuid, manifest);
        return other
          ? await compareBackups(backup, named(other.uuid, other.manifest), wanted, signal)
          : await compareWithLive(backup, { database: live!, lockTimeoutMs }, wanted, signal);
      } finally {
        limit.clear();
      }
    });
    return { backup: uuid, against: other?.uuid ?? 'live', ...diff };
  });
}

/** The database that the environment or `--database-url` names. @throws INVALID_CONFIGURATION where none does */
async function liveOf(invocation: Invocation): Promise<ConnectionTarget> {
  return parseOptions(await localOptions(invocation)).target;
}
