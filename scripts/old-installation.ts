/**
 * Writes what an earlier version of Holdfast left in a database, as SQL: `test/catalog/installations/<tables' version>.sql`.
 * Every later version must upgrade it in place, so a file that exists is never written again.
 *
 *   git worktree add /tmp/old 627bcf3 && ln -s "$PWD/node_modules" /tmp/old/node_modules
 *   node scripts/old-installation.ts /tmp/old
 *
 * The server is PostgreSQL 14, the oldest supported, so that every major can take it.
 */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { createBackupSystem } from '../src/index.ts';
import { quoteIdentifier, quoteLiteral } from '../src/postgres/identifiers.ts';
import { openClient } from '../test/support/connect.ts';
import { newDirectory, startTestServer } from '../test/support/server-start.ts';

type Client = Awaited<ReturnType<typeof openClient>>;

const sourceMajor = 14;

const application = `create table customers (id serial primary key, name text not null);
create table orders (id serial primary key, customer_id int not null references customers, total numeric(10,2) not null);
insert into customers (name) select 'customer ' || n from generate_series(1, 20) n;
insert into orders (customer_id, total) select 1 + n % 20, n * 1.25 from generate_series(1, 200) n;
`;

await main(process.argv[2] ?? '.');

async function main(root: string): Promise<void> {
  const parent = await newDirectory();
  const server = await startTestServer(sourceMajor, { parent });
  try {
    await onServer(server.connectionString('postgres'), 'create database shop template template0');
    const database = server.connectionString('shop');
    await onServer(database, application);
    await live(root, database);
    const client = await openClient({ connectionString: database });
    const version = await latestVersion(client);
    const file = path.resolve(import.meta.dirname, `../test/catalog/installations/${version}.sql`);
    const commit = execFileSync('git', ['-C', root, 'rev-parse', '--short', 'HEAD'], { encoding: 'utf8' });
    const header = `-- Written by scripts/old-installation.ts with Holdfast ${commit.trim()} on PostgreSQL ${sourceMajor}.\n`;
    const written = header + application + (await tablesOf(root, client, version));
    await client.end();
    await fs.mkdir(path.dirname(file), { recursive: true });
    await fs.writeFile(file, written, { flag: 'wx' });
    console.log(`${file}: ${written.length} bytes`);
  } finally {
    await server.stop('immediate');
    await fs.rm(parent, { recursive: true, force: true });
  }
}

/** What was done with it: backups of each kind, one of them deleted, restores, a schedule. */
async function live(root: string, database: string): Promise<void> {
  const old = (await import(path.resolve(root, 'src/index.ts'))) as {
    createBackupSystem: typeof createBackupSystem;
  };
  const system = old.createBackupSystem({ database, auth: { token: 'a-token-0123456789' } });
  try {
    const { api } = system;
    await api.init();
    await api.updateSchedule({ enabled: true, frequency: 'daily', time: '02:00', retentionDays: 30 });
    const full = await api.createBackup({ description: 'the first one', wait: true });
    await onServer(database, 'delete from orders where id > 100');
    await api.createBackup({ type: 'partial', tables: ['customers'], wait: true });
    await api.restore({ backupId: full.id, wait: true });
    const gone = await api.createBackup({ description: 'deleted again', wait: true });
    await api.deleteBackup(gone.id);
    await api.restore({
      backupId: full.id,
      restoreType: 'partial',
      tables: ['orders'],
      target: { mode: 'new-database', database: 'elsewhere' },
      wait: true,
    });
  } finally {
    await system.stop();
  }
}

async function latestVersion(client: Client): Promise<number> {
  const { rows } = await client.query<{ version: number }>(
    'select max(version) as version from holdfast_migrations',
  );
  return rows[0]!.version;
}

/** Our tables as that version makes them, then their rows. */
async function tablesOf(root: string, client: Client, version: number): Promise<string> {
  const { migrations } = (await import(path.resolve(root, 'src/catalog/migrations.ts'))) as {
    migrations: readonly { version: number; sql(schema: string): string }[];
  };
  const sql = [
    `create table holdfast_migrations (
  version integer primary key,
  name text not null,
  applied_at timestamptz not null default now()
);
comment on table holdfast_migrations is 'Holdfast: which changes of its tables have been made.';
`,
    ...migrations.filter((each) => each.version <= version).map((each) => each.sql('public')),
  ];
  const { rows: tables } = await client.query<{ name: string; identity: boolean }>(`
    select c.relname as name, exists (select from pg_attribute a where a.attrelid = c.oid and a.attidentity = 'a') as identity
      from pg_class c where c.relkind = 'r' and obj_description(c.oid, 'pg_class') like 'Holdfast: %' order by c.relname`);
  for (const { name, identity } of tables) {
    const table = quoteIdentifier(name);
    const { rows } = await client.query<{ row: string }>(`select to_jsonb(t)::text as row from ${table} t`);
    sql.push(`delete from ${table};\n`);
    for (const { row } of rows) {
      sql.push(`insert into ${table} overriding system value
  select * from jsonb_populate_record(null::${table}, ${quoteLiteral(row)});\n`);
    }
    if (identity) {
      sql.push(
        `select setval(pg_get_serial_sequence('${name}', 'id'), (select coalesce(max(id), 0) + 1 from ${table}), false);\n`,
      );
    }
  }
  return sql.join('');
}

async function onServer(connectionString: string, sql: string): Promise<void> {
  const client = await openClient({ connectionString });
  await client.query(sql);
  await client.end();
}
