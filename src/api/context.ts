import type { Catalog } from '../catalog/catalog.ts';
import type { Pool } from '../postgres/pool.ts';
import type { DatabasesAnswer } from '../contract/database.ts';
import type { Runs } from '../runs/runs.ts';
import type { ApiConfig } from './config.ts';

/** The protected databases. */
export interface KnownDatabases {
  list(): Promise<DatabasesAnswer>;
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
