import { ownTableNames } from '../../catalog/own-tables.ts';
import * as routes from '../../contract/routes/system.ts';
import { displayName } from '../../postgres/identifiers.ts';
import { endpoint, ok } from '../endpoint.ts';
import { keepFourEyesRule } from '../second-actor.ts';
import { operation } from '../operation.ts';
import { currentStatus } from '../status.ts';

function describeInit(replaced: readonly string[], damaged: readonly number[]): string {
  if (replaced.length === 0) return 'Backup system is initialized';
  const backups = damaged.length === 1 ? `Backup ${damaged[0]} has` : `Backups ${damaged.join(', ')} have`;
  const lost =
    damaged.length === 0
      ? ''
      : ` ${backups} lost data with it and cannot be fully restored: take a new backup.`;
  return `Backup system is initialized. Created again, because it was missing: ${replaced.join(', ')}.${lost}`;
}

export const init = operation({
  name: 'init',
  takes: [],
  async run({ catalog, config, jobs }) {
    const { tables, replaced } = await catalog.initialize();
    await keepFourEyesRule({ catalog, config });
    await jobs.announceChange();
    const damagedBackups = replaced.length > 0 ? await jobs.examineBackups() : [];
    const message = describeInit(replaced, damagedBackups);
    return { success: true as const, initialized: true as const, message, tables, replaced, damagedBackups };
  },
  endpoints: [endpoint(routes.init, async ({ api }) => ok(await api.init()))],
});

export const planInit = operation({
  name: 'planInit',
  takes: [],
  async run({ catalog, jobs }) {
    const { name, serverVersion } = await jobs.database();
    const tables = ownTableNames.map((name) => displayName({ schema: catalog.schema, name }));
    return { initialized: await catalog.isInitialized(), database: { name, serverVersion }, tables };
  },
  endpoints: [endpoint(routes.readInitPlan, async ({ api }) => ok(await api.planInit()))],
});

export const status = operation({
  name: 'status',
  takes: [],
  run: (work) => currentStatus(work),
  endpoints: [endpoint(routes.readStatus, async ({ api }) => ok(await api.status()))],
});
