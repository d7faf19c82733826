import type { ErrorCode } from '../base/errors.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { QueuedRun } from '../catalog/queue.ts';
import type { HeldRun, RunRecord, RunRows } from '../catalog/runs.ts';
import type { Progress } from '../contract/progress.ts';
import type { RunKind } from '../contract/states.ts';
import type { Queryable } from '../postgres/pool.ts';
import type { RunContext } from './context.ts';
import type { LaneHold } from './locks.ts';

/** A run whose row says `running`, in the process that performs it. */
export interface RunInHand<Row> {
  record: Row;
  /** The lane, which nobody else has meanwhile. */
  hold: LaneHold;
  /** Ends the run with its reason. */
  signal: AbortSignal;
  onProgress?: (progress: Progress) => void;
  /** Whether it has a key or the like, with which nobody else can begin it again. */
  withKey?: boolean;
  /** The address of a server that was given for this run alone. */
  target?: string | undefined;
}

export type RowsOf<Row> = RunRows & { get(id: number): Promise<Row | undefined> };

/** A kind of run: everything that the queue, the workers and the reaper need to know about it. `kinds/kinds.ts` lists all. */
export interface Kind<Row extends RunRecord = RunRecord, Order = unknown> {
  readonly name: RunKind;
  /** The code of a server error that has none of its own in the catalogue. */
  readonly failureCode: ErrorCode;
  /**
   * Whether a run that ended because its process was stopped goes back into the queue. Another process then begins it
   * again.
   */
  readonly resumable: boolean;
  /** Whether the process that it is asked of performs it, and no other one: perhaps the store is configured there alone. */
  readonly here?: boolean;
  rows(catalog: Catalog): RowsOf<Row>;
  /**
   * Puts a run into the queue. What cannot be done is refused here.
   * @param keyTicket of a key that was given for this run, whose stores `context` has: goes into the row
   */
  order(context: RunContext, order: Order, keyTicket?: string): Promise<Row>;
  /** Makes a queued run a running one; false when it is no longer queued, or the lane has another holder by now. */
  begin(context: RunContext, run: HeldRun): Promise<boolean>;
  /** Does the run and records how it ended, in its row and for its callers that wait. */
  perform(context: RunContext, run: RunInHand<Row>): Promise<unknown>;
  /** Orders a run again that ended without its own fault, where that is wanted. */
  retry?(context: RunContext, connection: Queryable, id: number): Promise<void>;
  /** Orders what is to follow a run of this kind, however it ended. Never throws. @returns what waits now */
  followUp?(context: RunContext): Promise<QueuedRun[]>;
  /**
   * Records the end of runs of ended processes that have taken effect, before the others are called interrupted. Only while holding
   * the lock of the lane. @param connection to the catalog
   */
  settle?(context: RunContext, connection: Queryable): Promise<void>;
  /** Clears away what runs of a dead process left, once they are marked as interrupted. Never throws. */
  clearAway?(context: RunContext): Promise<void>;
}
