import type { Pool } from '../postgres/pool.ts';
import { backups, type Backups } from './backups.ts';
import { events, type Events } from './events.ts';
import { cleanupLog, type CleanupLog } from './cleanup-log.ts';
import { initialize, isInitialized } from './initialize.ts';
import { queue, type Queue } from './queue.ts';
import { restores, type Restores } from './restores.ts';
import { schedules, type Schedules } from './schedules.ts';
import { verifications, type Verifications } from './verifications.ts';

/** Our tables: one repository each, and the making of them. */
export interface Catalog {
  readonly schema: string;
  readonly pool: Pool;
  readonly backups: Backups;
  readonly restores: Restores;
  readonly verifications: Verifications;
  readonly queue: Queue;
  readonly schedules: Schedules;
  readonly cleanupLog: CleanupLog;
  readonly events: Events;
  isInitialized(): Promise<boolean>;
  /** @returns `schema.name` of each of our tables */
  initialize(): Promise<string[]>;
}

export function openCatalog(pool: Pool, schema: string): Catalog {
  return {
    schema,
    pool,
    backups: backups(pool, schema),
    restores: restores(pool, schema),
    verifications: verifications(pool, schema),
    queue: queue(pool, schema),
    schedules: schedules(pool, schema),
    cleanupLog: cleanupLog(pool, schema),
    events: events(pool, schema),
    isInitialized: () => isInitialized(pool, schema),
    initialize: () => initialize(pool, schema),
  };
}
