import { HoldfastError } from '../../base/errors.ts';
import { healthOf } from '../../jobs/health.ts';
import type { BackupApi, NotInitializedAnswer, StatusAnswer } from '../contract.ts';
import type { ApiContext } from '../context.ts';
import { presentBackup } from '../present.ts';

/** The body of every 503 until the tables exist; fixed to the letter. */
export function notInitializedAnswer(basePath: string): NotInitializedAnswer {
  const address = `${basePath}/init-backup-tables`;
  return {
    error: 'Backup system not initialized',
    message: `Please initialize the backup system first by calling ${address}`,
    action_required: 'init_backup_tables',
    initialization_url: address,
  };
}

/** @throws NOT_INITIALIZED until all our tables exist */
export async function requireTables({ catalog, config }: ApiContext): Promise<void> {
  if (await catalog.isInitialized()) return;
  throw new HoldfastError('NOT_INITIALIZED', notInitializedAnswer(config.basePath).message);
}

export function systemOperations(context: ApiContext): Pick<BackupApi, 'init' | 'status'> {
  const { catalog, config, jobs, version } = context;
  return {
    async init() {
      const { tables } = await catalog.initialize();
      await jobs.announceChange();
      return { success: true, initialized: true, message: 'Backup system is initialized', tables };
    },
    async status(): Promise<StatusAnswer> {
      if (!(await catalog.isInitialized())) {
        return { ...notInitializedAnswer(config.basePath), initialized: false };
      }
      await jobs.reap();
      const [running = null] = await jobs.running();
      const { lastCompleted, total, completed, storedBytes, ...facts } = await catalog.backups.summary();
      const [answer] = await catalog.pool.query<{ name: string; serverVersion: string; now: Date }>(
        `select current_database() as name, current_setting('server_version') as "serverVersion", now() as now`,
      );
      const { now, ...database } = answer!;
      const scheduler = await jobs.scheduler();
      return {
        initialized: true,
        message: 'Backup system is ready',
        version,
        health: {
          ...healthOf({
            ...facts,
            schedules: await catalog.schedules.enabled(),
            newest: facts.sizes[0] ?? lastCompleted,
            scheduler,
            storedBytes,
            now,
          }),
          failures: facts.failures,
          lastFailure: facts.lastFailure,
        },
        database,
        scheduler,
        running: running && {
          kind: running.kind,
          id: running.id,
          startedAt: running.startedAt.toISOString(),
        },
        backups: { total, completed, storedBytes },
        lastCompleted: lastCompleted && presentBackup(lastCompleted),
      };
    },
  };
}
