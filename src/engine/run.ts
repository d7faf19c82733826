import type { QualifiedName } from '../postgres/identifiers.ts';

/** Where a run stands. Numbers only grow within a run; `estimated…` are guesses from the catalog. */
export interface Progress {
  phase:
    | 'starting'
    | 'schema'
    | 'data'
    | 'indexes'
    | 'constraints'
    | 'large-objects'
    | 'proof'
    | 'finishing'
    | 'cleanup';
  tablesDone: number;
  tablesTotal: number;
  rows: number;
  /** COPY text read (backup) or written (restore) so far. */
  rawBytes: number;
  /** Compressed bytes newly put into the store (backup), read from it (restore, verification) or freed (cleanup). */
  storedBytes: number;
  /** Raw bytes a second over the last seconds; null while unknown. */
  rawBytesPerSecond: number | null;
  /** Raw bytes expected in all; from relation sizes for a backup, exact for a restore. */
  estimatedRawBytes: number;
  /** `schema.name` of a table being worked on. */
  currentTable: string | null;
}

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
