import type { Progress } from '../contract/progress.ts';
import type { QualifiedName } from '../postgres/identifiers.ts';

/** How the caller of a verb follows and ends it. */
export interface RunControl {
  /** Aborting ends the run with CANCELLED, or with the HoldfastError given as the reason. */
  signal: AbortSignal;
  /** Called at most a few times a second. Must not throw. */
  report(progress: Progress): void;
}

/** Our own tables and schemas: never part of a backup, never touched by a restore. */
export interface OwnObjects {
  tables: QualifiedName[];
  schemas: string[];
}
