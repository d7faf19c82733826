import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';

/*
 * What applications, administrators and accidents do to tables while backups are taken: any of it, at random, from several
 * connections. Nothing waits long for a lock, so that a backup which holds one is not held up by those that wait for it.
 */

export const chaosTables = `
  create type mood as enum ('sad', 'fine', 'merry');
  create table narrow (id bigint primary key, n int, at timestamptz default now());
  insert into narrow select i, i % 1000 from generate_series(1, 120000) i;
  create table wide (id int primary key, note text, what jsonb, feeling mood default 'fine');
  insert into wide select i, repeat(md5(i::text), 12), jsonb_build_object('i', i) from generate_series(1, 20000) i;
  create table toasted (id int primary key, body text);
  insert into toasted select i, (select string_agg(md5((i * k)::text), '') from generate_series(1, 120) k) from generate_series(1, 1500) i;
  create unlogged table unlogged (id int primary key, note text);
  insert into unlogged select i, md5(i::text) from generate_series(1, 5000) i;
  create table keyless (a int, b text);
  insert into keyless select i % 50, md5(i::text) from generate_series(1, 20000) i;
  create table parts (id int, note text) partition by range (id);
  create table parts_1 partition of parts for values from (0) to (10000);
  create table parts_2 partition of parts for values from (10000) to (20000);
  insert into parts select i, md5(i::text) from generate_series(0, 19999) i;
  create table tiny (id int primary key, v int);
  insert into tiny values (1, 1);`;

const any = (max: number): number => Math.floor(Math.random() * max);

type Act = (client: pg.Client) => Promise<unknown>;
const sql =
  (text: () => string): Act =>
  (client) =>
    client.query(text());

/** While a backup holds its lock on the table, nothing is renamed: the text of a label is the newest one under any snapshot. */
const renamed = (from: string, to: string): string =>
  `begin; lock table wide in access exclusive mode; alter type mood rename value '${from}' to '${to}'; commit`;

/** With how often each is done beside the others. */
export const acts: readonly [weight: number, name: string, act: Act][] = [
  [
    12,
    'update some',
    sql(() => `update narrow set n = n + 1 where id between ${any(120000)} and ${any(120000)}`),
  ],
  [12, 'update one', sql(() => `update narrow set n = n + 1 where id = ${any(120000)}`)],
  [8, 'update wide', sql(() => `update wide set note = note || '.' where id % 97 = ${any(97)}`)],
  [8, 'update toasted', sql(() => `update toasted set body = reverse(body) where id = ${any(1500)}`)],
  [4, 'update a key of toasted', sql(() => `update toasted set id = -id where id = ${any(1500)}`)],
  [
    8,
    'delete',
    sql(() => `delete from narrow where id between ${any(120000)} and ${any(2000)} + ${any(120000)}`),
  ],
  [
    10,
    'insert',
    sql(
      () =>
        `insert into narrow select i, 0 from generate_series(${any(130000)}, ${any(130000)}) i on conflict do nothing`,
    ),
  ],
  [6, 'keyless', sql(() => `update keyless set b = b || 'x' where a = ${any(50)}`)],
  [6, 'parts', sql(() => `update parts set note = reverse(note) where id % 401 = ${any(401)}`)],
  [
    6,
    'move between parts',
    sql(() => `update parts set id = (id + 10000) % 20000 where id % 997 = ${any(997)}`),
  ],
  [
    6,
    'unlogged',
    sql(
      () =>
        `insert into unlogged select i, 'again' from generate_series(1, 5000) i on conflict (id) do update set note = unlogged.note || '+'`,
    ),
  ],
  [6, 'tiny', sql(() => `update tiny set v = v + 1`)],
  [
    6,
    'lock rows, change nothing',
    sql(() => `begin; select * from wide where id % 31 = ${any(31)} for update; commit`),
  ],
  [
    8,
    'savepoints',
    sql(
      () => `begin; update narrow set n = -1 where id % 1009 = ${any(1009)}; savepoint a;
        update wide set note = 'gone' where id % 101 = ${any(101)}; rollback to a; savepoint b;
        insert into keyless select 1, 'sub' from generate_series(1, 50); release b; ${any(2) ? 'commit' : 'rollback'}`,
    ),
  ],
  [
    6,
    'exceptions',
    sql(
      () => `do $$ begin for i in 1..30 loop begin
        update narrow set n = n + 1 where id = i * 100 + ${any(100)};
        if i % 3 = 0 then raise exception 'no'; end if;
      exception when raise_exception then null; end; end loop; end $$`,
    ),
  ],
  [
    4,
    'prepared transaction',
    async (client) => {
      const name = `p${any(1e9)}`;
      await client.query(
        `begin; update wide set note = 'prepared' where id = ${any(20000)}; insert into keyless values (3, 'p'); prepare transaction '${name}'`,
      );
      await pause(any(400));
      await client.query(`${any(2) ? 'commit' : 'rollback'} prepared '${name}'`);
    },
  ],
  [
    2,
    'a long transaction',
    async (client) => {
      await client.query(
        `begin; update narrow set n = n + 1 where id % 1013 = ${any(1013)}; savepoint a; insert into keyless values (4, 'long')`,
      );
      await pause(any(5000));
      await client.query(any(3) ? 'commit' : 'rollback');
    },
  ],
  [3, 'checkpoint', sql(() => 'checkpoint')],
  [6, 'vacuum', sql(() => `vacuum ${['narrow', 'wide', 'toasted', 'keyless', 'parts', 'tiny'][any(6)]}`)],
  [4, 'freeze', sql(() => `vacuum (freeze) ${['narrow', 'wide', 'toasted', 'keyless'][any(4)]}`)],
  [1, 'vacuum full', sql(() => `vacuum full ${['wide', 'toasted', 'tiny', 'keyless'][any(4)]}`)],
  [1, 'cluster', sql(() => 'cluster wide using wide_pkey')],
  [1, 'reindex', sql(() => `reindex table ${['narrow', 'wide'][any(2)]}`)],
  [
    1,
    'truncate',
    sql(
      () =>
        `begin; truncate keyless; insert into keyless select i % 50, md5(i::text) from generate_series(1, 20000) i; ${any(2) ? 'commit' : 'rollback'}`,
    ),
  ],
  [2, 'rename a label', sql(() => renamed('merry', 'glad'))],
  [2, 'rename it back', sql(() => renamed('glad', 'merry'))],
  [
    2,
    'set labels',
    sql(() => `update wide set feeling = (enum_range(null::mood))[1 + id % 3] where id % 7 = ${any(7)}`),
  ],
  [1, 'add a column', sql(() => `alter table wide add column extra int default ${any(100)}`)],
  [1, 'drop a column', sql(() => `alter table wide drop column if exists extra`)],
  [1, 'change a type', sql(() => `alter table narrow alter column n type ${any(2) ? 'int' : 'bigint'}`)],
  [2, 'detach', sql(() => `alter table parts detach partition parts_2`)],
  [
    2,
    'attach',
    sql(
      () =>
        `delete from parts_2 where id not between 10000 and 19999; alter table parts attach partition parts_2 for values from (10000) to (20000)`,
    ),
  ],
  [
    1,
    'copy freeze',
    sql(
      () =>
        `begin; truncate tiny; insert into tiny select i, ${any(100)} from generate_series(1, ${1 + any(3000)}) i; commit; vacuum freeze tiny`,
    ),
  ],
  [
    1,
    'new table',
    sql(
      () =>
        `drop table if exists fresh; create table fresh as select i, md5(i::text) from generate_series(1, ${any(5000)}) i`,
    ),
  ],
  [2, 'delete the end', sql(() => `delete from narrow where id > 100000; vacuum narrow`)],
];

const total = acts.reduce((sum, [weight]) => sum + weight, 0);

function anyAct(): Act {
  let at = Math.random() * total;
  for (const [weight, , act] of acts) if ((at -= weight) < 0) return act;
  return acts[0]![2];
}

/**
 * Does any of them until the signal comes. What a lock or another one forbids is left.
 * @param pace the longest pause between two, as it is at the moment
 * @returns how many were done
 */
export async function chaos(
  client: () => Promise<pg.Client>,
  pace: { pauseMs: number },
  signal: AbortSignal,
): Promise<number> {
  let done = 0;
  let open: pg.Client | undefined;
  while (!signal.aborted) {
    try {
      if (!open) {
        open = await client();
        await open.query(
          `set lock_timeout = '200ms'; set statement_timeout = '20s'; set synchronous_commit = ${any(2) ? 'on' : 'off'}`,
        );
      }
      await within(anyAct()(open));
      done++;
    } catch (error) {
      // A crash ends the connection; anything else an act that was not possible just now.
      const ended =
        !('code' in (error as object)) || /^(08|57P)/.test(String((error as { code?: string }).code));
      await (ended ? open?.end() : open?.query('rollback'))?.catch(() => {});
      if (ended) {
        open = undefined;
        await pause(100);
      }
    }
    await pause(any(pace.pauseMs));
  }
  await open?.end().catch(() => {});
  return done;
}

const actMs = 30_000;

/** A connection whose server was killed in the midst of it may never say so. */
async function within(act: Promise<unknown>): Promise<void> {
  const late = new AbortController();
  const timeout = pause(actMs, undefined, { signal: late.signal }).then(() => {
    throw new Error('no answer');
  });
  await Promise.race([act, timeout]).finally(() => late.abort());
}
