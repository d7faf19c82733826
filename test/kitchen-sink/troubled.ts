import fc from 'fast-check';
import type { RestoreBody } from '../../src/contract/restore.ts';
import { chunksOf, rewriteManifest } from '../runs/manifests.ts';
import type { TestDatabase } from '../support/database.ts';

/** A database with what makes restores difficult, what can have happened to it since its backup, and orders for a restore. */

/** Roles of the cluster: the backup names them, and a trouble makes it name others that are not there. */
export interface Roles {
  owner: string;
  reader: string;
}

export function troubledDatabase({ owner, reader }: Roles): string {
  return `
    create extension holdfast_sink;
    create schema app authorization "${owner}";
    grant usage on schema app to public;
    create table customers (id int primary key, name text not null);
    create table orders (id serial primary key, customer int references customers, total numeric(10,2) check (total >= 0));
    create index orders_by_customer on orders (customer);
    create table moves (at date not null, what text) partition by range (at);
    create table moves_2025 partition of moves for values from ('2025-01-01') to ('2026-01-01');
    create table moves_2026 partition of moves for values from ('2026-01-01') to ('2027-01-01');
    create table app.secrets (id int primary key, who text);
    alter table app.secrets owner to "${owner}";
    alter table app.secrets enable row level security;
    create policy own_rows on app.secrets to "${reader}" using (who = current_user);
    grant select on customers to "${reader}";
    create function sink_notes() returns bigint language sql as 'select count(*) from sink_extension.note';
    create view greeting as select sink_extension.greet('you') as line;
    create view big_orders as select * from orders where total > 50;
    create materialized view per_customer as select customer, sum(total) as total from orders group by 1;
    insert into customers select i, 'customer ' || i from generate_series(1, 20) i;
    insert into orders (customer, total) select 1 + i % 20, i from generate_series(1, 100) i;
    insert into moves select date '2025-12-01' + i, 'move ' || i from generate_series(1, 60) i;
    create materialized view share as select 1.0 / count(*) as one from moves where at < '2026-01-01';
    insert into app.secrets select i, 'someone' from generate_series(1, 5) i;
    insert into sink_extension.note ("body text") values ('kept')`;
}

/** What can be wrong with the backup, as changes of its manifest: a text and what it becomes. */
const manifestTroubles = {
  'a policy names a role that is missing': ({ reader }: Roles) => [reader, `${reader}_gone`],
  'an owner is missing': ({ owner }: Roles) => [owner, `${owner}_gone`],
  'an extension is not offered': () => ['holdfast_sink', 'not_offered'],
} satisfies Record<string, (roles: Roles) => [string, string]>;

/** What can have happened to the database since. */
const databaseTroubles = {
  'a column has another type': 'drop view big_orders; alter table orders alter total type numeric(12,3)',
  'a column is gone': 'alter table customers drop column name',
  'a column is new': 'alter table app.secrets add column since date',
  'a table is missing': 'drop table orders cascade',
  'a table became a view': 'drop table app.secrets; create view app.secrets as select 1 as id, 2 as who',
  'a partition is detached': 'alter table moves detach partition moves_2026',
  'a partition is missing': 'drop table moves_2025',
  'a schema is missing': 'drop schema app cascade',
  'a policy is missing': 'drop policy if exists own_rows on app.secrets',
  'another table refers to it':
    'create table visits (customer int references customers); insert into visits values (1)',
  'a view depends on it': 'create view names as select id, name from customers',
  'an index is missing': 'drop index if exists orders_by_customer',
  'rows are gone': 'delete from moves where at < date $$2026-01-01$$',
  'a trigger was added': `create function keep() returns trigger language plpgsql as 'begin return new; end';
    create trigger keep before insert on customers for each row execute function keep()`,
  'referenced rows are gone': 'delete from orders; delete from customers where id > 10',
  'the extension is gone': 'drop extension holdfast_sink cascade',
} as const;

/** A chunk of this table is missing. */
export const damagedTable = 'customers';

export interface Trouble {
  manifest: (keyof typeof manifestTroubles)[];
  database: (keyof typeof databaseTroubles)[];
  damaged: boolean;
  /** The database is a copy of the one that was backed up. */
  copied: boolean;
  /** The new database exists already. */
  taken: boolean;
}

export type Order = Omit<RestoreBody, 'backupId' | 'target'> & { inPlace: boolean };

export interface TroubledRestore {
  trouble: Trouble;
  order: Order;
}

const tables = ['customers', 'orders', 'moves', 'moves_2026', 'app.secrets', 'app.*'];

const seldom = fc.oneof(
  { weight: 4, arbitrary: fc.constant(false) },
  { weight: 1, arbitrary: fc.constant(true) },
);

export const troubledRestore: fc.Arbitrary<TroubledRestore> = fc.record({
  trouble: fc.record({
    manifest: fc.uniqueArray(fc.constantFrom(...keysOf(manifestTroubles)), { maxLength: 1 }),
    database: fc.uniqueArray(fc.constantFrom(...keysOf(databaseTroubles)), { maxLength: 3 }),
    damaged: seldom,
    copied: seldom,
    taken: seldom,
  }),
  order: fc
    .record({
      inPlace: fc.boolean(),
      tables: fc.oneof(
        fc.constant<string[]>([]),
        fc.uniqueArray(fc.constantFrom(...tables), { minLength: 1, maxLength: 3 }),
      ),
      owners: fc.boolean(),
      onRefreshFailure: fc.constantFrom('fail' as const, 'leave-empty' as const),
      onInvalid: fc.constantFrom('fail' as const, 'not-valid' as const),
      withoutExtensions: fc.constantFrom<string[][]>([], ['holdfast_sink']),
      allowOtherDatabase: fc.boolean(),
      safetyBackup: seldom,
    })
    .map((order) => ({
      ...order,
      restoreType: order.tables.length > 0 ? ('partial' as const) : ('full' as const),
    })),
});

function keysOf<T extends object>(of: T): (keyof T)[] {
  return Object.keys(of) as (keyof T)[];
}

/** Makes the troubles in a copy of the database with its backup, which has the id 1. */
export async function makeTrouble(
  db: TestDatabase,
  { manifest, database, damaged, copied }: Trouble,
  roles: Roles,
): Promise<void> {
  const { client } = db;
  // What one of them has dropped another may not find: then it changes nothing.
  for (const name of database) await client.query(databaseTroubles[name]).catch(() => {});
  if (damaged) {
    const lost = await chunksOf({ db }, 1, damagedTable);
    await client.query('delete from system_backup_chunks where id = any($1)', [
      lost.map((id) => Buffer.from(id, 'hex')),
    ]);
  }
  const changes = manifest.map((name): [string, string] => manifestTroubles[name](roles));
  if (changes.length === 0 && copied) return;
  const { rows } = await client.query<{ oid: string; name: string }>(
    'select oid, datname as name from pg_database where datname = current_database()',
  );
  await rewriteManifest({ db }, 1, (document) => {
    if (!copied) {
      document.source.databaseOid = Number(rows[0]!.oid);
      document.source.database = rows[0]!.name;
    }
    return changes.reduce((text, [from, to]) => text.replaceAll(from, to), JSON.stringify(document));
  });
}
