import { statusFigures } from '../catalog/status-figures.ts';
import { healthSentence, readSentence, warningSentence } from '../contract/health-words.ts';
import type { StatusAnswer } from '../contract/system.ts';
import type { TenantRule } from '../runs/context.ts';
import { readSince } from '../runs/store-list.ts';
import type { ApiContext } from './context.ts';
import { notInitializedAnswer } from './initialized.ts';
import { presentBackup } from './present.ts';

/** What the status says, read now. */
export async function currentStatus({ catalog, config, jobs, version }: ApiContext): Promise<StatusAnswer> {
  if (!(await catalog.isInitialized())) {
    return { ...notInitializedAnswer(config.basePath), initialized: false };
  }
  await jobs.reap();
  const [running = null] = await jobs.running();
  const current = await jobs.health();
  const { state, finding, warnings, failures, lastFailure, storedBytes, recovery } = current;
  const { lastCompleted, total, completed, damaged } = current.backups;
  return {
    initialized: true,
    message: 'Backup system is ready',
    version,
    health: {
      state,
      finding,
      reason: healthSentence(finding),
      warnings: warnings.map((warning) => ({ ...warning, message: warningSentence(warning) })),
      failures,
      lastFailure,
    },
    database: current.database,
    scheduler: current.scheduler,
    tenants: tenantsOf(config.tenants),
    running: running && {
      kind: running.kind,
      id: running.id,
      startedAt: running.startedAt.toISOString(),
    },
    backups: {
      total,
      completed,
      damaged: damaged.length,
      storedBytes: typeof storedBytes === 'number' ? storedBytes : null,
    },
    lastCompleted: lastCompleted && presentBackup(lastCompleted),
    protection: current.protection,
    ...recovery,
    ...(await statusFigures(catalog.pool, catalog.schema, jobs.stores.names)),
    read: (await readSince(jobs.stores)).map((each) => ({ ...each, message: readSentence(each.since) })),
  };
}

function tenantsOf({ column, except }: TenantRule): { column: string; except: string[] } | null {
  return column === undefined ? null : { column, except: [...except] };
}
