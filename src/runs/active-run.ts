import type { HoldfastError } from '../base/errors.ts';
import type { RunKind } from '../contract/states.ts';
import type { Progress } from '../contract/progress.ts';

export type { RunKind } from '../contract/states.ts';

/** A run of this process, from when its row exists until its end is recorded. */
export interface ActiveRun {
  readonly kind: RunKind;
  readonly id: number;
  /** Resolves, never rejects, when the end has been recorded; the row has the outcome. */
  readonly done: Promise<void>;
  readonly progress: Progress | null;
  /** Calls `listener` with every progress report until the returned function is called. */
  listen(listener: (progress: Progress) => void): () => void;
  /** Ends the run with `reason`. */
  abort(reason: HoldfastError): void;
}

export const runKey = (kind: RunKind, id: number): string => `${kind}:${id}`;
