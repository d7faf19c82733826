import type { Sign } from '../contract/finding.ts';
import type { TableFigures } from './figures.ts';
import type { History, Step } from './history.ts';

/** What the radar knows of one database: the history of each table. It outlives the backups that it was learnt from. */
export interface Memory {
  /** When the first backup of it was looked at; milliseconds since 1970. */
  since: number;
  tables: Map<string, History>;
}

/** A finished backup, as the radar looks at it. */
export interface LookedAt {
  id: number;
  /** The moment whose data it has; milliseconds since 1970. */
  at: number;
  tables: readonly TableFigures[];
  /** Which tables it had to have: all that are known, or those with these keys (see `keyOf`). */
  covers: 'all' | ReadonlySet<string>;
}

/** A sign with what a decision about it needs. */
export interface FoundSign {
  sign: Sign;
  /** The newest backup without it. */
  withoutId: number;
  /** When that was. */
  withoutAt: number;
  key: string;
  /** The key of the partitioned table that it is a part of. */
  root: string | null;
  /** What is learnt when it is declared usual. */
  step: Step | null;
}

export const noMemory = (at: number): Memory => ({ since: at, tables: new Map() });
