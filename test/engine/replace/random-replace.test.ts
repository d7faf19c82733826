import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type pg from 'pg';
import type { RestorePlan, RestoreReport } from '../../../src/contract/restore.ts';
import type { UndoneRestore } from '../../../src/contract/undo.ts';
import type { ConnectionTarget } from '../../../src/postgres/connection.ts';
import { dropDatabase } from '../../../src/postgres/databases.ts';
import { dumpSchema } from '../../../src/postgres/pg-dump/pg-dump.ts';
import { memoryStore } from '../../../src/store/memory.ts';
import { assertSameState, contents, databaseState, type Contents } from '../../support/compare.ts';
import { testDatabase } from '../../support/database.ts';
import { majorsInTurn } from '../../support/servers.ts';
import { fails } from '../outcomes.ts';
import { planRestore, restoreRequest, runRestore, takeBackup } from '../runs.ts';

/**
 * Random changes to a table `t` and to what hangs on it, then `t` is restored with its definition. All that belongs to it has a name
 * that begins with t, all else one with o, so the model needs no rules: what begins with t must be that of the backup, and
 * everything else what it was before, less what the plan has named as lost.
 *
 * A longer search: HOLDFAST_RANDOM_RUNS=100 npm test -- test/engine/replace/random-replace.test.ts
 */
const runs = Number(process.env['HOLDFAST_RANDOM_RUNS'] ?? 5);

const shared = `
  create type t_mood as enum ('sad', 'ok');
  create function o_shout(text) returns text immutable language sql as $$ select upper($1) $$;
  create function o_noop() returns trigger language plpgsql as $$ begin return new; end $$;
  create table o_people (id int primary key);
  insert into o_people select generate_series(1, 9);`;

const rest = `
  create index t_note on t (o_shout(note));
  create trigger t_noop before update on t for each row execute function o_noop();
  comment on column t.total is 'money';
  grant select on t to public;
  create view o_view as select id, total from t where total > 5;
  create view o_view_2 as select id from o_view;
  create materialized view o_count as select count(*) as n from t;
  create table o_items (id int primary key, t int references t);
  insert into t (id, person, total, note, mood)
    select i, 1 + i % 9, i, nullif('n' || i, 'n3'), 'ok' from generate_series(1, 40) i;
  insert into o_items select i, i from generate_series(1, 40) i;
  refresh materialized view o_count;`;

const columns = `id int primary key, person int references o_people, total numeric(10,2) not null default 0,
  note text, mood t_mood, twice int generated always as (id * 2) stored`;

const plain = `${shared} create table t (${columns}); create sequence t_seq owned by t.id; ${rest}`;
const partitioned = `${shared} create table t (${columns}) partition by range (id);
  create table t_1 partition of t for values from (1) to (20);
  create table t_2 partition of t for values from (20) to (100); ${rest}`;

/** Those that do not go together with what was done before are left out. */
const changes = [
  `alter table t add added text; update t set added = 'x' where id < 5`,
  `alter table t add required int not null default 7`,
  `alter table t drop column note`,
  `alter table t drop column total cascade`,
  `alter table t rename total to amount`,
  `alter table t rename note to remark`,
  `alter table t alter note type varchar(100)`,
  `drop materialized view o_count; alter table t alter person type bigint`,
  `alter table t alter note set default 'none', alter total drop default`,
  `update t set note = 'none' where note is null; alter table t alter note set not null`,
  `alter table t alter total drop not null`,
  `alter type t_mood add value 'happy'`,
  `alter table t drop constraint t_pkey cascade; alter table t add primary key (id, person)`,
  `create index t_total on t (total)`,
  `drop index t_note`,
  `drop index t_note; create index t_note on t (note, id)`,
  `alter table t add constraint t_dear unique (id, total)`,
  `alter table t add constraint t_check check (total < 1000)`,
  `create trigger t_other after insert on t for each row execute function o_noop()`,
  `drop trigger t_noop on t`,
  `alter table t disable trigger t_noop`,
  `alter table t enable row level security; create policy t_mine on t using (id > 0)`,
  `create view o_new as select * from t`,
  `create or replace view o_view_2 as select id, id as again from o_view`,
  `create view o_ids as select id from t; comment on view o_ids is 'ids'; grant select on o_ids to public`,
  `create table o_more (t int references t); insert into o_more values (3)`,
  `create function o_of(t) returns int language sql as $$ select 1 $$`,
  `drop view o_view cascade`,
  `alter table o_items drop constraint o_items_t_fkey`,
  `alter table t replica identity full`,
  `comment on table t is 'other'; revoke select on t from public`,
  `create statistics t_stat on person, total from t`,
  `create rule t_rule as on update to t do also nothing`,
  `alter table t drop column twice; alter table t add twice int`,
  `create table t_3 partition of t for values from (100) to (200); insert into t (id) values (150)`,
  `alter table t detach partition t_2`,
  `delete from o_items where t >= 20; drop table t_2`,
  `create index t_1_note on t_1 (note)`,
];

async function apply(client: pg.Client, sql: string): Promise<boolean> {
  await client.query('begin');
  try {
    for (const each of sql.split('; ')) await client.query(each);
    await client.query('commit');
    return true;
  } catch {
    await client.query('rollback');
    return false;
  }
}

interface Side {
  /** By kind and name. */
  entries: Map<string, string>;
  contents: Contents;
}

/** What belongs to the table, and all else. */
async function sides(target: ConnectionTarget, client: pg.Client): Promise<{ own: Side; outside: Side }> {
  const { entries } = await dumpSchema(target, { excludeTables: [], excludeSchemas: [] });
  const isOwn = (name: string): boolean => /^(?:[A-Z ]+ )?"?t[ ._]|^(?:[A-Z ]+ )?t$/.test(name);
  const split = <T>(
    all: Iterable<[string, T]>,
    nameOf: (key: string) => string,
  ): [Map<string, T>, Map<string, T>] => {
    const list = [...all];
    const belongs = ([key]: [string, T]): boolean => isOwn(nameOf(key));
    return [new Map(list.filter(belongs)), new Map(list.filter((each) => !belongs(each)))];
  };
  const [ownEntries, otherEntries] = split(
    entries.map(({ kind, schema, name, sql, ownerSql }): [string, string] => [
      `${kind} ${schema}.${name}`,
      `${sql.trim()}\n${ownerSql}`,
    ]),
    (key) => key.slice(key.indexOf('.') + 1),
  );
  const [ownContents, otherContents] = split(await contents(client), (key) =>
    key.slice(key.indexOf('.') + 1),
  );
  // It shows rows of the table.
  otherContents.delete('table public.o_count');
  return {
    own: { entries: ownEntries, contents: ownContents },
    outside: { entries: otherEntries, contents: otherContents },
  };
}

/** As runs/undo.ts makes it of the row of a restore. */
function undoneBy(plan: RestorePlan, report: RestoreReport): UndoneRestore {
  return {
    id: 1,
    tables: plan.tables.filter(({ action }) => action !== 'create').map(({ table }) => ({ table, rows: 0 })),
    sequences: report.sequencesSet ?? null,
    ofRows: false,
    adapted: [],
    whole: false,
    largeObjects: false,
    transaction: null,
    created: report.created,
    objects: [report.replaced, report.remade, report.lost, report.created].flatMap((each) => each ?? []),
  };
}

for (const major of majorsInTurn(3)) {
  test(`PostgreSQL ${major}: whatever became of a table, it is brought back with all that belongs to it, and nothing else changes`, async (t) => {
    const server = await testDatabase(t, { major });
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.uniqueArray(fc.constantFrom(...changes), { minLength: 1, maxLength: 6 }),
        async (inPartitions, chosen) => {
          const db = await server.createDatabase();
          await db.client.query(inPartitions ? partitioned : plain);
          const store = memoryStore();
          const manifest = await takeBackup(db.target, store);
          const then = await sides(db.target, db.client);
          const done: string[] = [];
          for (const sql of chosen) if (await apply(db.client, sql)) done.push(sql);
          await db.client.query(`delete from o_items where id = 7`);
          // A restore refreshes it.
          await apply(db.client, 'refresh materialized view o_count');
          const now = await sides(db.target, db.client);
          const state = await databaseState(db.target);
          const safety = await takeBackup(db.target, store);
          const said = JSON.stringify(done);

          const request = restoreRequest({ tables: ['t'], onDrift: 'replace', dropNew: true });
          const plan = await planRestore(db.target, manifest, request);
          if (plan.refusals.length > 0) {
            assert.fail(`${said}: ${JSON.stringify(plan.refusals)}`);
          }
          if (plan.lost!.length > 0) {
            await fails(
              runRestore(db.target, store, manifest, { ...request, dropNew: false }),
              'NEW_WOULD_BE_LOST',
            );
          }
          const report = await runRestore(db.target, store, manifest, request).catch((error: unknown) => {
            throw new Error(said, { cause: error });
          });
          const after = await sides(db.target, db.client);
          assert.deepEqual(after.own, then.own, said);
          const lost = plan.lost!.map(({ what }) => what);
          const stays = (key: string): boolean =>
            !lost.some((each) => each === key || key.endsWith(each.replace(/^[A-Z ]+ public\./, ' ')));
          const left = new Map([...now.outside.entries].filter(([key]) => stays(key)));
          const differs = [...new Set([...left.keys(), ...after.outside.entries.keys()])].filter(
            (key) => left.get(key) !== after.outside.entries.get(key),
          );
          // What today's definition does not fit has that of the backup, and is named.
          const named = plan.replaced!.map(({ what }) => what);
          const unnamed = differs.filter(
            (key) => !named.includes(key) || after.outside.entries.get(key) !== then.outside.entries.get(key),
          );
          assert.deepEqual(unnamed, [], said);
          assert.deepEqual(after.outside.contents, now.outside.contents, said);

          await runRestore(db.target, store, safety, {
            ...restoreRequest({ tables: ['t'], onDrift: 'replace', dropNew: true }),
            undone: undoneBy(plan, report),
          }).catch((error: unknown) => {
            throw new Error(`undo of ${said}`, { cause: error });
          });
          assertSameState(await databaseState(db.target), state);
          await db.client.end();
          await dropDatabase(server.target, db.name);
        },
      ),
      { numRuns: runs, endOnFailure: true },
    );
  });
}
