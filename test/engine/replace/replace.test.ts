import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RestoreRequest } from '../../../src/engine/requests.ts';
import { memoryStore } from '../../../src/store/memory.ts';
import { assertSameState, databaseState } from '../../support/compare.ts';
import { testDatabase } from '../../support/database.ts';
import { fails } from '../outcomes.ts';
import { planRestore, restoreRequest, runRestore, takeBackup } from '../runs.ts';

const before = `
  create type mood as enum ('sad', 'ok');
  create function shout(text) returns text immutable language sql as $$ select upper($1) $$;
  create table customers (id int primary key, name text not null);
  create table orders (id serial primary key, customer int references customers, total numeric(10,2) not null default 0, note text, m mood);
  create index orders_note on orders (note);
  create view big as select id, total from orders where total > 5;
  create table items (id int primary key, "order" int references orders on delete cascade, what text);
  insert into customers values (1, 'a'), (2, 'b');
  insert into orders (customer, total, note, m) select 1 + i % 2, i, nullif('n' || i, 'n3'), 'ok' from generate_series(1, 20) i;
  insert into items select i, 1 + i % 20, 'x' from generate_series(1, 30) i;
  comment on table orders is 'what was ordered';`;

interface Case {
  /** What happened since. */
  since: string;
  tables?: string[];
  /** What dropNew has to allow. */
  lost?: string[];
  remade?: string[];
  /** Why it cannot be. */
  refused?: RegExp;
  /** What there is to be afterwards, made from `before`; default: nothing besides. */
  besides?: string;
}

const cases: Record<string, Case> = {
  'a column that was dropped comes back': {
    since: 'drop view big; alter table orders drop total; create view big as select id from orders',
  },
  'a column that was dropped comes back, of one table': {
    since: 'alter table orders drop note',
    tables: ['orders'],
    remade: ['VIEW public.big', 'FK CONSTRAINT public.items items_order_fkey'],
  },
  'a column that came since is lost with its values': {
    since: `alter table orders add vat numeric; update orders set vat = 1 where id <= 3`,
    lost: ['COLUMN public.orders.vat 3'],
  },
  'columns that were renamed, widened, narrowed': {
    since: `drop view big; alter table orders rename note to remark; alter table orders alter id type bigint; alter table orders alter total type int; create view big as select id, total from orders where total > 5`,
    lost: ['COLUMN public.orders.remark 19'],
  },
  'defaults, NOT NULL, comments and privileges': {
    since: `alter table orders alter total drop default, alter note set default 'x', alter total drop not null; update orders set note = 'x' where note is null; alter table orders alter note set not null; comment on table orders is 'other'; grant select on orders to public; alter table items enable row level security`,
  },
  'an enum that has grown': {
    since: `alter type mood add value 'happy';; update orders set m = 'happy'`,
    tables: ['orders'],
  },
  'an enum that has grown and is used elsewhere': {
    since: `create table other (m mood); alter type mood add value 'happy'`,
    tables: ['orders'],
    refused: /TYPE public.mood: has to be made again, and TABLE public.other needs it/,
  },
  'a key that has changed': {
    since: `alter table items drop constraint items_order_fkey; alter table orders drop constraint orders_pkey; alter table orders add primary key (id, total); drop index orders_note`,
  },
  'what came since: index, constraint, trigger, policy': {
    since: `create index orders_total on orders (total); alter table orders add constraint dear unique (id, total); create function noop() returns trigger language plpgsql as $$ begin return new; end $$; create trigger noop before insert on orders for each row execute function noop(); create policy mine on orders using (true)`,
    tables: ['orders'],
    lost: [
      'CONSTRAINT public.orders dear null',
      'INDEX public.orders_total null',
      'TRIGGER public.orders noop null',
      'POLICY public.orders mine null',
    ],
    besides: 'create function noop() returns trigger language plpgsql as $$ begin return new; end $$',
  },
  'a view and a key that came since and fit': {
    since: `alter table orders drop note; create view ids as select id from orders; create table more (id int references orders); insert into more values (3); create function of_order(orders) returns int language sql as $$ select 1 $$`,
    tables: ['orders'],
    remade: [
      'FUNCTION public.of_order(public.orders)',
      'VIEW public.big',
      'VIEW public.ids',
      'FK CONSTRAINT public.items items_order_fkey',
      'FK CONSTRAINT public.more more_id_fkey',
    ],
    besides: `create view ids as select id from orders; create table more (id int references orders); insert into more values (3); create function of_order(orders) returns int language sql as $$ select 1 $$`,
  },
  'a view and a key that came since and do not fit': {
    since: `alter table orders add code int unique, drop note; update orders set code = id; create view codes as select code from orders; create view of_codes as select * from codes; create table more (code int references orders (code)); insert into more values (3)`,
    tables: ['orders'],
    lost: [
      'CONSTRAINT public.orders orders_code_key null',
      'VIEW public.codes null',
      'VIEW public.of_codes null',
      'FK CONSTRAINT public.more more_code_fkey null',
      'COLUMN public.orders.code 20',
    ],
    besides: `create table more (code int); insert into more values (3)`,
  },
  'a table of which another has a column': {
    since: `alter table orders add x int; create table logs (o orders)`,
    tables: ['orders'],
    refused: /TABLE public.orders: has to be made again, and TABLE public.logs needs it/,
  },
  'a table that was split into partitions': {
    since: `alter table items rename to old; create table items (id int not null, "order" int, what text) partition by range (id); create table items_1 partition of items for values from (0) to (10); create table items_2 partition of items default; insert into items select * from old; drop table old`,
    lost: ['TABLE public.items_1 9', 'TABLE public.items_2 21'],
  },
};

const words = (plan: { lost?: { what: string; rowsNow: number | null }[] | undefined }): string[] =>
  (plan.lost ?? []).map(({ what, rowsNow }) => `${what} ${rowsNow}`);

for (const [name, { since, tables = [], lost = [], remade, refused, besides = '' }] of Object.entries(
  cases,
)) {
  test(name, async (t) => {
    const db = await testDatabase(t);
    await db.client.query(before);
    const store = memoryStore();
    const manifest = await takeBackup(db.target, store);
    const should = await db.createDatabase();
    await should.client.query(`${before}; ${besides}`);
    for (const sql of since.split(';;')) await db.client.query(sql);
    const request: Partial<RestoreRequest> = { tables, onDrift: 'replace' };
    const changed = await databaseState(db.target);
    const safety = await takeBackup(db.target, store);
    const plan = await planRestore(db.target, manifest, restoreRequest(request));
    const run = (more: Partial<RestoreRequest> = {}) =>
      runRestore(db.target, store, manifest, { target: { mode: 'in-place' }, ...request, ...more });
    if (refused) {
      assert.match(plan.refusals[0]?.message ?? '', refused);
      await fails(run({ dropNew: true }), 'SCHEMA_DRIFT');
      assertSameState(await databaseState(db.target), changed);
      return;
    }
    assert.deepEqual(words(plan).toSorted(), lost.toSorted());
    assert.deepEqual(
      plan.refusals.map(({ code }) => code),
      lost.length > 0 ? ['NEW_WOULD_BE_LOST'] : [],
    );
    if (remade) assert.deepEqual(plan.remade?.toSorted(), remade.toSorted());
    if (lost.length > 0) {
      await fails(run(), 'NEW_WOULD_BE_LOST');
      assertSameState(await databaseState(db.target), changed);
    }
    const report = await run({ dropNew: lost.length > 0 });
    assert.deepEqual(report.remade, plan.remade);
    assertSameState(await databaseState(db.target), await databaseState(should.target));
    // Undone by what was there before.
    await runRestore(db.target, store, safety, {
      target: { mode: 'in-place' },
      onDrift: 'replace',
      dropNew: true,
    });
    assertSameState(await databaseState(db.target), changed);
  });
}
