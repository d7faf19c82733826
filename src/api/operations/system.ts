import { HoldfastError } from '../../base/errors.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import { ownTableNames } from '../../catalog/own-tables.ts';
import { healthSentence, warningSentence } from '../../contract/health-words.ts';
import { healthOf } from '../../runs/health.ts';
import type { BackupApi, NotInitializedAnswer, StatusAnswer } from '../contract.ts';
import { displayName } from '../../postgres/identifiers.ts';
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

function describeInit(replaced: readonly string[], damaged: readonly number[]): string {
  if (replaced.length === 0) return 'Backup system is initialized';
  const backups = damaged.length === 1 ? `Backup ${damaged[0]} has` : `Backups ${damaged.join(', ')} have`;
  const lost =
    damaged.length === 0
      ? ''
      : ` ${backups} lost data with it and cannot be restored whole: take a new backup.`;
  return `Backup system is initialized. Made again, because it was gone: ${replaced.join(', ')}.${lost}`;
}

export function systemOperations(context: ApiContext): Pick<BackupApi, 'init' | 'planInit' | 'status'> {
  const { catalog, config, jobs, version } = context;
  return {
    async init() {
      const { tables, replaced } = await catalog.initialize();
      await jobs.announceChange();
      const answer = { success: true as const, initialized: true as const, tables, replaced };
      const damagedBackups = replaced.length > 0 ? await jobs.examineBackups() : [];
      return { ...answer, damagedBackups, message: describeInit(replaced, damagedBackups) };
    },
    async planInit() {
      const { now: _, ...database } = await databaseFacts(catalog);
      const tables = ownTableNames.map((name) => displayName({ schema: catalog.schema, name }));
      return { initialized: await catalog.isInitialized(), database, tables };
    },
    async status(): Promise<StatusAnswer> {
      if (!(await catalog.isInitialized())) {
        return { ...notInitializedAnswer(config.basePath), initialized: false };
      }
      await jobs.reap();
      const [running = null] = await jobs.running();
      const { lastCompleted, total, completed, damaged, storedBytes, ...facts } =
        await catalog.backups.summary();
      const { now, ...database } = await databaseFacts(catalog);
      const scheduler = await jobs.scheduler();
      const health = healthOf({
        ...facts,
        damaged,
        schedules: await catalog.schedules.enabled(),
        newest: facts.sizes[0] ?? lastCompleted,
        scheduler,
        storedBytes,
        now,
      });
      return {
        initialized: true,
        message: 'Backup system is ready',
        version,
        health: {
          ...health,
          reason: healthSentence(health.finding),
          warnings: health.warnings.map((warning) => ({ ...warning, message: warningSentence(warning) })),
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
        backups: { total, completed, damaged: damaged.length, storedBytes },
        lastCompleted: lastCompleted && presentBackup(lastCompleted),
      };
    },
  };
}

interface DatabaseFacts {
  name: string;
  serverVersion: string;
  now: Date;
}

async function databaseFacts({ pool }: Catalog): Promise<DatabaseFacts> {
  const [facts] = await pool.query<DatabaseFacts>(
    `select pg_catalog.current_database() as name,
       pg_catalog.current_setting('server_version') as "serverVersion", pg_catalog.now() as now`,
  );
  return facts!;
}
