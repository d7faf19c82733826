import type { KeyObject } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { HoldfastError } from '../../base/errors.ts';
import { redact } from '../../base/redaction.ts';
import { databaseFailure } from '../../postgres/failure.ts';
import { aboutPiece, aboutResult } from './lead.ts';
import { readLetter, writeLetter } from './letters.ts';
import type { HelperPlace } from './sharing.ts';

const beatEveryMs = 1_000;
/** How long one that found nothing to do waits before it looks again. */
const idleMs = 150;

/** Does pieces of a run on one connection. */
export interface PieceWorker {
  /**
   * @returns what the lead is told; undefined when the lead has to do this piece, for the reason in `refused`
   * @throws when it cannot go on
   */
  work(piece: unknown): Promise<{ result: unknown } | { refused: string }>;
  close(): Promise<void>;
}

/** Why a helper went without having done anything wrong: the run has ended, or goes on without it. */
const over = new HoldfastError('CANCELLED', 'The run that it worked on has ended, or goes on without it.');

/**
 * Works on the pieces of a run until it has ended.
 * @param options.open opens one of its connections; its signal ends what it does
 * @returns how many pieces were reported
 * @throws its own trouble; what it had claimed is for others then
 */
export async function helpRun(
  place: HelperPlace,
  {
    connections,
    key,
    signal: stopping,
    open,
  }: {
    connections: number;
    key: KeyObject | undefined;
    signal: AbortSignal;
    open: (signal: AbortSignal) => Promise<PieceWorker>;
  },
): Promise<number> {
  const ending = new AbortController();
  const signal = AbortSignal.any([stopping, ending.signal]);
  let reported = 0;

  async function beat(): Promise<void> {
    let heardMs = performance.now();
    while (!signal.aborted) {
      try {
        if (!(await place.beat())) return ending.abort(over);
        heardMs = performance.now();
      } catch (error) {
        if (performance.now() - heardMs > place.leaseSeconds * 1_000) return ending.abort(error);
      }
      await pause(beatEveryMs, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  async function workOn(): Promise<void> {
    const worker = await open(signal);
    try {
      while (!signal.aborted) {
        const claimed = await place.claim();
        if (!claimed) {
          await pause(idleMs, undefined, { signal, ref: false }).catch(() => {});
          continue;
        }
        const outcome = await doPiece(
          worker,
          readLetter(claimed.content, aboutPiece(place.run, claimed.piece), key),
        );
        signal.throwIfAborted();
        const letter =
          'result' in outcome
            ? { result: writeLetter(outcome.result, aboutResult(place.run, claimed.piece), key) }
            : outcome;
        if (await place.report(claimed, letter)) reported++;
        if ('error' in outcome) throw outcome.error;
      }
    } finally {
      await worker.close();
    }
  }

  /** A piece that ends in an error is for the lead, who fails as it would have without helpers; this one goes. */
  async function doPiece(
    worker: PieceWorker,
    piece: unknown,
  ): Promise<{ result: unknown } | { refused: string; error?: unknown }> {
    try {
      return await worker.work(piece);
    } catch (error) {
      return { refused: redact(databaseFailure(error).message), error };
    }
  }

  const beating = beat();
  try {
    const all = Array.from({ length: connections }, () =>
      workOn().catch((error: unknown) => ending.abort(error)),
    );
    await Promise.all(all);
    stopping.throwIfAborted();
    const reason: unknown = ending.signal.reason;
    // The end of the run closes its connections: what follows from that is no trouble of this one.
    if (reason !== undefined && reason !== over && (await place.beat().catch(() => true))) throw reason;
    return reported;
  } finally {
    ending.abort(over);
    await beating;
  }
}
