import type { Catalog } from '../catalog/catalog.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { Config } from '../options.ts';

/** What the operations of the API work with. */
export interface ApiContext {
  readonly config: Config;
  readonly catalog: Catalog;
  readonly jobs: Jobs;
  /** Of Holdfast. */
  readonly version: string;
}
