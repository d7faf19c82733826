import type { KeyObject } from 'node:crypto';
import { unlessAborted } from '../../base/abort.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import { joinSnapshot } from '../../postgres/snapshot.ts';
import type { Store } from '../../store/store.ts';
import { ProgressMeter } from '../progress/meter.ts';
import type { KnownPlace } from '../requests.ts';
import { helpRun, type PieceWorker } from '../sharing/help.ts';
import type { HelperPlace } from '../sharing/sharing.ts';
import { ChunkWriter } from './chunk-writer.ts';
import type { RangeResult } from './range-memory.ts';
import type { RangeTask } from './range-tasks.ts';
import { rangesOf, reportOf, type BackupTerms, type GivenRanges } from './given-ranges.ts';
import { beginReading, readLocked } from './table-reader.ts';

export interface BackupHelp {
  source: ConnectionTarget;
  /** The same as the lead's, with the same keys. */
  store: Store;
  known: KnownPlace;
  terms: BackupTerms;
  /** Seals what is said. */
  key: KeyObject | undefined;
  /** How many ranges are read at once. */
  connections: number;
  signal: AbortSignal;
}

/**
 * Reads ranges of a backup that another process leads, in its snapshot, and puts their chunks into the store.
 * @returns how many pieces it has read
 * @throws its own trouble
 */
export function helpBackup(
  place: HelperPlace,
  { source, store, known, terms, key, connections, signal }: BackupHelp,
): Promise<number> {
  const marked = terms.mark === undefined ? source : { ...source, mark: terms.mark };

  async function open(ended: AbortSignal): Promise<PieceWorker> {
    const failing = new AbortController();
    const stop = AbortSignal.any([ended, failing.signal]);
    // Each has a writer of its own: what one has read is reported when all of that, and nothing else, is in the store.
    const writer = new ChunkWriter(store, terms.compressionLevel, 1, (error) => failing.abort(error));
    const session = await joinSnapshot(marked, terms.snapshot, place.applicationName, stop);
    await beginReading(session);
    const meter = new ProgressMeter({ signal: stop, report() {} }, 0, 0);
    return {
      async work(piece) {
        const tasks = rangesOf(piece as GivenRanges);
        const data = new Map<RangeTask, RangeResult>();
        const before = writer.newBytes;
        const queuedFor: RangeTask[] = [];
        try {
          const memory = { note() {}, finish: async () => new Map() };
          const reading = { signal: stop, writer, meter, queuedFor, data, memory, place: known, key };
          await readLocked(session, reading, tasks);
          await unlessAborted(writer.flush(), stop);
        } catch (error) {
          throw failing.signal.aborted ? failing.signal.reason : error;
        }
        if (queuedFor.length > 0) return { result: { ranges: null, newBytes: 0 } };
        return {
          result: reportOf(
            tasks.map((task) => data.get(task)!),
            writer.newBytes - before,
          ),
        };
      },
      async close() {
        meter.stop();
        await session.close();
      },
    };
  }

  return helpRun(place, { connections, key, signal, open });
}
