import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type pg from 'pg';
import { silentLogger } from '../../src/base/logger.ts';
import { createBackupSystem, HoldfastError, type BackupSystem } from '../../src/index.ts';
import { dropDatabase } from '../../src/postgres/databases.ts';
import { quoteIdentifier } from '../../src/postgres/identifiers.ts';
import { readSchemaVersion } from '../../src/postgres/inspect/schema-version.ts';
import { Session } from '../../src/postgres/wire/session.ts';
import { testDatabase, type FirstTestDatabase, type TestDatabase } from '../support/database.ts';
import { openClient } from '../support/connect.ts';
import { serverTarget, majorsInTurn } from '../support/servers.ts';
import {
  makeTrouble,
  troubledDatabase,
  troubledRestore,
  type Roles,
  type TroubledRestore,
} from '../kitchen-sink/troubled.ts';

/**
 * A dry run tells what the restore does: where it names a refusal, the restore ends in that error and nothing has
 * changed; where it names none, the restore completes.
 *
 * A longer search: HOLDFAST_DRY_RUNS=200 npm test -- test/api/dry-run.test.ts
 */
const runs = Number(process.env['HOLDFAST_DRY_RUNS'] ?? 6);

/** What only the rows can tell, while they are loaded: the option with which it is no failure. */
const ofRows: Record<string, (order: TroubledRestore['order']) => boolean> = {
  CONSTRAINT_VIOLATED: ({ onInvalid }) => onInvalid === 'fail',
  MATVIEW_REFRESH_FAILED: ({ onRefreshFailure }) => onRefreshFailure === 'fail',
};

/** A few that went wrong, or that chance seldom finds. */
const order = {
  inPlace: true,
  restoreType: 'full',
  tables: [] as string[],
  owners: true,
  onRefreshFailure: 'fail',
  onInvalid: 'fail',
  withoutExtensions: [] as string[],
  allowOtherDatabase: false,
  safetyBackup: false,
} as const;
const trouble = { manifest: [], database: [], damaged: false, copied: false, taken: false };
const known: TroubledRestore[] = [
  {
    trouble: {
      ...trouble,
      manifest: ['a policy names a role that is missing'],
      database: ['a policy is missing', 'a table is missing'],
    },
    order: { ...order, owners: false },
  },
  {
    trouble: { ...trouble, manifest: ['a policy names a role that is missing'] },
    order: { ...order, owners: false, inPlace: false },
  },
  { trouble: { ...trouble, damaged: true, copied: true }, order },
  { trouble, order: { ...order, safetyBackup: true } },
];

for (const major of majorsInTurn(2)) {
  test(`PostgreSQL ${major}: a restore does what its dry run has said, with every option`, async (t) => {
    const server = await testDatabase(t, { major });
    const roles: Roles = { owner: `${server.name}_owner`, reader: `${server.name}_reader` };
    for (const role of Object.values(roles)) await server.client.query(`create role "${role}"`);
    for (const role of Object.values(roles)) server.afterwards(`drop role "${role}"`);
    await server.client.query(troubledDatabase(roles));
    await withSystem(server, async ({ api }) => {
      await api.init();
      await api.createBackup({ wait: true });
    });
    await server.client.end();

    const examples = known.map((each): [TroubledRestore] => [each]);
    await fc.assert(
      fc.asyncProperty(troubledRestore, (restore) =>
        inCopy(server, (db) => check(db, restore, roles, server)),
      ),
      { numRuns: runs + known.length, examples },
    );
  });
}

async function inCopy(template: FirstTestDatabase, work: (db: TestDatabase) => Promise<void>): Promise<void> {
  const name = template.freeName();
  const client = await openClient(serverTarget(template.server));
  await client.query(`create database ${quoteIdentifier(name)} template ${quoteIdentifier(template.name)}`);
  await client.end();
  const db = await template.adopt(name);
  try {
    await work(db);
  } finally {
    await db.client.end();
    await dropDatabase(serverTarget(template.server), name);
  }
}

async function withSystem<T>(
  { connectionString }: TestDatabase,
  work: (system: BackupSystem) => Promise<T>,
): Promise<T> {
  const system = createBackupSystem({
    database: connectionString,
    auth: { token: 'test-token-0123456789' },
    logger: silentLogger,
  });
  try {
    return await work(system);
  } finally {
    await system.stop();
  }
}

async function check(
  db: TestDatabase,
  { trouble, order }: TroubledRestore,
  roles: Roles,
  server: FirstTestDatabase,
): Promise<void> {
  await makeTrouble(db, trouble, roles);
  const { inPlace, ...options } = order;
  const database = trouble.taken ? 'postgres' : server.freeName();
  const request = {
    ...options,
    backupId: 1,
    target: inPlace ? ({ mode: 'in-place' } as const) : ({ mode: 'new-database', database } as const),
  };
  await withSystem(db, async ({ api }) => {
    const before = await stateOf(db);
    const said = await refusalOf(() => api.planRestore(request));
    const ended = await failureOf(() => api.restore({ ...request, wait: true }));
    const { total } = await api.listRestores();
    if (said !== undefined) {
      assert.equal(ended?.code, said, ended?.message);
      assert.equal(total, 0, 'nothing was ordered');
    } else if (ended !== undefined) {
      assert.ok(
        ofRows[ended.code]?.(order),
        `no refusal was named, and the restore ended in ${ended.code}: ${ended.message}`,
      );
    }
    if (ended !== undefined) assert.deepEqual(await stateOf(db), before);
    else if (inPlace) {
      const after = await api.planRestore(request);
      assert.deepEqual([after.drift, after.refusals], [[], []]);
      // Of its settings the extension has brought some itself.
      const whole = after.tables.filter(({ table }) => table !== 'sink_extension.setting');
      assert.deepEqual(
        whole.map(({ table, rowsNow }) => [table, rowsNow]),
        whole.map(({ table, rowsInBackup }) => [table, rowsInBackup]),
      );
    }
    if (inPlace || trouble.taken) return;
    const { rows } = await db.client.query('select from pg_database where datname = $1', [database]);
    assert.equal(rows.length, ended === undefined ? 1 : 0);
    if (rows.length > 0) await dropDatabase(serverTarget(server.server), database);
  });
}

/** The code that a dry run ends in, or names first. */
async function refusalOf(plan: () => Promise<{ refusals: { code: string }[] }>): Promise<string | undefined> {
  let refusals: { code: string }[] = [];
  const thrown = await failureOf(async () => ({ refusals } = await plan()));
  return thrown?.code ?? refusals[0]?.code;
}

async function failureOf(work: () => Promise<unknown>): Promise<HoldfastError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    return error;
  }
}

/** Every definition by its version, and every row of the application's tables. */
async function stateOf({ client, target }: TestDatabase): Promise<unknown> {
  const session = await Session.open(target, { applicationName: 'test' });
  try {
    return { schema: await readSchemaVersion(session), rows: await rowsOf(client) };
  } finally {
    await session.close();
  }
}

async function rowsOf(client: pg.Client): Promise<unknown> {
  const { rows } = await client.query<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and n.nspname in ('public', 'app', 'sink_extension') and c.relname !~ '^(system_backup|system_restore|backup_)'
     order by 1`,
  );
  const contents: Record<string, unknown> = {};
  for (const { name } of rows) {
    const { rows: found } = await client.query(`select t::text as row from ${name} t order by 1`);
    contents[name] = found.map(({ row }) => row as string);
  }
  return contents;
}
