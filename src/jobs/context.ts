import type { Logger } from '../base/logger.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { ConnectionTarget } from '../postgres/connection.ts';
import type { Store } from '../store/store.ts';
import type { ActiveRun } from './active-run.ts';

export interface JobSettings {
  readonly jobs: number;
  readonly compressionLevel: number;
  readonly lockTimeoutMs: number;
}

/** What every job works with. */
export interface JobContext {
  readonly target: ConnectionTarget;
  readonly catalog: Catalog;
  readonly store: Store;
  readonly settings: JobSettings;
  readonly logger: Logger;
  /** The runs of this process, as `backup:12`. */
  readonly active: Map<string, ActiveRun>;
  /** Aborted when the system stops; nothing starts from then on. */
  readonly stopping: AbortSignal;
}
