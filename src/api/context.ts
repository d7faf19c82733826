import { answeredWithin } from '../base/time-limit.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Pool } from '../postgres/pool.ts';
import type { DatabasesAnswer } from '../contract/database.ts';
import type { Runs } from '../runs/runs.ts';
import type { ApiConfig } from './config.ts';

/** The protected databases. */
export interface KnownDatabases {
  /** Whether there may be others than one. */
  readonly several: boolean;
  /** @param only these, and nothing of what is unprotected. Default: all */
  list(only?: readonly string[]): Promise<DatabasesAnswer>;
  /** In the order of the list, without those that are gone. @throws what the catalog of the first database throws */
  contexts(): Promise<{ name: string; context: ApiContext }[]>;
  /** Databases of the same servers that nothing protects, and servers that do not answer. */
  unprotected(): Promise<Pick<DatabasesAnswer, 'unprotected' | 'unseen'>>;
}

/** What the operations of the API work with. */
export interface ApiContext {
  readonly config: ApiConfig;
  readonly catalog: Catalog;
  /** The protected database, for short questions. */
  readonly source: Pool;
  readonly jobs: Runs;
  /** All that this Holdfast protects: the one of this context is among them. */
  readonly databases: KnownDatabases;
  /** Of Holdfast. */
  readonly version: string;
}

/** How long one database is waited for where all of them are asked: it must not hide the others. */
const oneOfAllWithinMs = 10_000;

/** @throws where it has not answered by then */
export function askedInTime<T>(work: Promise<T>): Promise<T> {
  const late = (): Error => new Error(`It has not answered within ${oneOfAllWithinMs / 1_000} s.`);
  return answeredWithin(oneOfAllWithinMs, late, work);
}
