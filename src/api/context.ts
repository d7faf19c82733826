import type { Catalog } from '../catalog/catalog.ts';
import type { Runs } from '../runs/runs.ts';
import type { ApiConfig } from './config.ts';

/** What the operations of the API work with. */
export interface ApiContext {
  readonly config: ApiConfig;
  readonly catalog: Catalog;
  readonly jobs: Runs;
  /** Of Holdfast. */
  readonly version: string;
}
