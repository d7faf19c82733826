import { errorCatalogue } from '../../base/errors.ts';
import type { ScrubRecord } from '../../catalog/scrubs.ts';
import { scrubStore, type ScrubReport } from '../../engine/read/scrub.ts';
import type { RunControl } from '../../engine/run.ts';
import type { RunContext } from '../context.ts';
import { orderDueCopies } from '../copies.ts';
import { examineBackups } from '../damage.ts';
import type { Kind, RunInHand } from '../kind.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

export interface ScrubOrder {
  /** By name. */
  store: string;
  /** Which share of it is read; more than 0, at most 1. */
  share: number;
}

/** When a scrub that was due and failed is begun again, in seconds after each try. */
const retryAfterSeconds = [600, 3_600, 3_600] as const;
/** How often one whose process was killed goes on: perhaps it is what kills it. */
const mostAttempts = 5;

const nothingRead: ScrubReport = { chunks: 0, storedBytes: 0, missing: 0, damaged: 0, unknown: 0 };

/** Reads a share of a store, what was read longest ago, and finds out whether its bytes are still those that were written. */
export const scrubKind: Kind<ScrubRecord, ScrubOrder> = {
  name: 'scrub',
  failureCode: 'STORE_FAILED',
  resumable: true,
  rows: ({ scrubs }) => scrubs,
  /** @throws STORE_NOT_FOUND */
  async order(context, { store, share }) {
    // Refuses a name that is not configured.
    context.stores.addressOf(store);
    return context.catalog.scrubs.insert(store, share);
  },
  begin: ({ catalog }, run) => catalog.scrubs.begin(run),
  perform(context, run) {
    const { scrubs } = context.catalog;
    return withHeartbeat(context, scrubKind, run, {
      do: (control) => readShare(context, run, control),
      complete: (report) => scrubs.complete({ id: run.record.id, fence: run.hold.fence }, report),
    });
  },
  async retry(context, connection, id) {
    const scrub = await context.catalog.scrubs.get(id, connection);
    if (scrub?.status === 'interrupted' && scrub.attempt < mostAttempts) {
      await context.catalog.scrubs.requeue(connection, id, 0);
    }
    if (scrub?.status !== 'failed' || !scrub.due || !context.listening) return;
    const delaySeconds = retryAfterSeconds[scrub.attempt - 1];
    if (delaySeconds === undefined || (scrub.error && !errorCatalogue[scrub.error.code].retryable)) return;
    await context.catalog.scrubs.requeue(connection, id, delaySeconds);
  },
  // What was found damaged may be whole elsewhere.
  followUp: orderDueCopies,
};

async function readShare(
  context: RunContext,
  { record, hold }: RunInHand<ScrubRecord>,
  control: RunControl,
): Promise<ScrubReport & { readSince: string | null }> {
  const store = await context.stores.open(record.store);
  const bytes = Math.ceil((await store.storedBytes()) * record.share);
  let until = record.readUntil;
  if (until === null) {
    until = await store.checks.until(bytes);
    if (until) await context.catalog.scrubs.setReadUntil({ id: record.id, fence: hold.fence }, until);
  }
  const report = until ? await scrubStore(store, until, bytes, control) : nothingRead;
  // Each chunk is found damaged once: from then on it is known to be.
  if (report.missing + report.damaged > 0) {
    const { missing, damaged } = report;
    context.logger.log('error', `the scrub of the store ${record.store} found damage`, { missing, damaged });
    await examineBackups(context);
  }
  return { ...report, readSince: (await store.checks.oldest())?.toISOString() ?? null };
}
