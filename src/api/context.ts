import type { Catalog } from '../catalog/catalog.ts';
import type { Pool } from '../postgres/pool.ts';
import type { DatabasesAnswer } from '../contract/database.ts';
import type { Runs } from '../runs/runs.ts';
import type { ApiConfig } from './config.ts';

/** The protected databases. */
export interface KnownDatabases {
  /** Whether there may be others than one. */
  readonly several: boolean;
  list(): Promise<DatabasesAnswer>;
  /** In the order of the list, without those that are gone. @throws what the catalog of the first database throws */
  contexts(): Promise<{ name: string; context: ApiContext }[]>;
  /** Databases of the same servers that nothing protects, and servers that do not answer. */
  unprotected(): Promise<Pick<DatabasesAnswer, 'unprotected' | 'unseen'>>;
  /** @throws where a database has not answered within the time that all others wait for it */
  inTime<T>(work: Promise<T>): Promise<T>;
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
