import { HoldfastError } from '../../base/errors.ts';
import type { Manifest } from '../../format/manifest.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import { displayName } from '../../postgres/identifiers.ts';
import type { Store } from '../../store/store.ts';
import { putIntoForce, usableEvaluation } from '../plan/evaluation.ts';
import { ProgressMeter } from '../progress/meter.ts';
import { helpRun, type PieceWorker } from '../sharing/help.ts';
import type { HelperPlace } from '../sharing/sharing.ts';
import { markLoad, restoreKey, type GivenLoad, type RestoreTerms } from './given-loads.ts';
import { loadPart } from './load-table.ts';
import { openSession } from './new-database.ts';
import { unfinishedPrefix } from './unfinished-database.ts';

export interface RestoreHelp {
  /** The live database: the one that is filled is on its server. */
  live: ConnectionTarget;
  store: Store;
  manifest: Manifest;
  terms: RestoreTerms;
  /** How many loads are done at once. */
  connections: number;
  signal: AbortSignal;
}

/**
 * Loads tables of a restore into a new database that another process leads.
 * @returns how many loads it has done
 * @throws its own trouble
 */
export function helpRestore(
  place: HelperPlace,
  { live, store, manifest, terms, connections, signal }: RestoreHelp,
): Promise<number> {
  const { database, marks, mark } = terms;
  if (!database.startsWith(unfinishedPrefix)) throw new Error(`${database} is no unfinished database`);
  const target = { ...live, database, ...(mark === undefined ? {} : { mark }) };

  async function open(ended: AbortSignal): Promise<PieceWorker> {
    const session = await openSession(target, manifest, ended, place.applicationName);
    await putIntoForce(session, await usableEvaluation(session, manifest));
    return {
      async work(piece) {
        const { load, table: at, name, from, to, isNew } = piece as GivenLoad;
        const table = manifest.tables[at];
        if (!table || displayName(table) !== name) {
          throw new HoldfastError(
            'MANIFEST_INVALID',
            `The backup that is read here has no table ${name} where the lead's has it.`,
          );
        }
        const ranges = table.ranges.slice(from, to);
        let storedBytes = 0;
        const meter = new ProgressMeter(
          { signal: ended, report: (progress) => void (storedBytes = progress.storedBytes) },
          0,
          0,
        );
        let rows: number;
        try {
          rows = await markLoad(session, marks, load, () =>
            loadPart(session, store, table, ranges, meter, { isNew }),
          );
        } finally {
          // It reports once more.
          meter.stop();
        }
        return { result: { rows, storedBytes } };
      },
      close: () => session.close(),
    };
  }

  return helpRun(place, { connections, key: restoreKey(store.keys), signal, open });
}
