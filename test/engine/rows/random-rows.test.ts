import assert from 'node:assert/strict';
import { test } from 'node:test';
import type pg from 'pg';
import { HoldfastError } from '../../../src/base/errors.ts';
import { memoryStore } from '../../../src/store/memory.ts';
import { testDatabase } from '../../support/database.ts';
import { takeBackup } from '../runs.ts';
import { seeded } from '../segments.ts';
import { keptIn } from './kept.ts';
import { counted, rowsOf, type Rows } from './rows-of.ts';

/** A row by its columns; null for NULL. */
type Row = Record<string, number | null>;
type Content = Record<string, Map<string, Row>>;
type Random = (below: number) => number;

interface Key {
  from: string;
  columns: string[];
  to: string;
  referenced: string[];
}

/** Tables with composite keys, a table that refers to itself, a circle, and partitions. */
const tables: Record<string, { key: string[]; columns: string[] }> = {
  roots: { key: ['id'], columns: ['id', 'favourite', 'v'] },
  nodes: { key: ['root', 'n'], columns: ['root', 'n', 'above_root', 'above', 'v'] },
  leaves: { key: ['id'], columns: ['id', 'root', 'n', 'v'] },
};
const keys: Key[] = [
  { from: 'roots', columns: ['favourite'], to: 'leaves', referenced: ['id'] },
  { from: 'nodes', columns: ['root'], to: 'roots', referenced: ['id'] },
  { from: 'nodes', columns: ['above_root', 'above'], to: 'nodes', referenced: ['root', 'n'] },
  { from: 'leaves', columns: ['root', 'n'], to: 'nodes', referenced: ['root', 'n'] },
];
const schema = `
  create table roots (id int primary key, favourite bigint, v int);
  create table nodes (root int not null references roots, n smallint not null, above_root int, above smallint, v int, primary key (root, n),
    foreign key (above_root, above) references nodes) partition by list (root);
  create table nodes_even (v int, n smallint not null, root int not null, above smallint, above_root int);
  alter table nodes attach partition nodes_even for values in (0, 2, 4, 6);
  create table nodes_odd partition of nodes default;
  create table leaves (id bigint generated always as identity primary key, root int, n smallint, v int, foreign key (root, n) references nodes);
  alter table roots add foreign key (favourite) references leaves`;

function valueOf(row: Row, columns: readonly string[]): string | undefined {
  const values = columns.map((column) => row[column] ?? null);
  return values.includes(null) ? undefined : values.join(',');
}

function nameOf(table: string, row: Row): string {
  return valueOf(row, tables[table]!.key)!;
}

function randomContent(random: Random): Content {
  const content: Content = { roots: new Map(), nodes: new Map(), leaves: new Map() };
  const add = (table: string, row: Row): void => void content[table]!.set(nameOf(table, row), row);
  const some = (table: string): Row | undefined =>
    [...content[table]!.values()][random(content[table]!.size + 1)];
  for (let id = 0; id < 7; id++) if (random(4) > 0) add('roots', { id, favourite: null, v: random(3) });
  for (const { id } of content['roots']!.values()) {
    for (let n = 0; n < 4; n++) {
      if (random(2) === 0) continue;
      const above = some('nodes');
      add('nodes', {
        root: id!,
        n,
        above_root: above?.['root'] ?? null,
        above: above?.['n'] ?? null,
        v: random(3),
      });
    }
  }
  for (let id = 1; id < 14; id++) {
    const node = some('nodes');
    add('leaves', { id, root: node?.['root'] ?? null, n: node?.['n'] ?? null, v: random(3) });
  }
  for (const root of content['roots']!.values()) root['favourite'] = some('leaves')?.['id'] ?? null;
  return content;
}

/** Rows lost and altered, mostly with those that refer to them. */
function damaged(content: Content, random: Random): Content {
  const live: Content = {};
  for (const [table, rows] of Object.entries(content)) {
    live[table] = new Map();
    for (const [name, row] of rows) {
      if (random(4) === 0) continue;
      live[table].set(name, random(4) === 0 ? { ...row, v: 9 } : { ...row });
    }
  }
  // As a database is whose keys hold: what referred to lost rows is lost as well.
  for (let again = random(3) > 0; again;) {
    again = false;
    for (const { from, columns, to } of keys) {
      for (const [name, row] of live[from]!) {
        const parent = valueOf(row, columns);
        if (parent === undefined || live[to]!.has(parent)) continue;
        live[from]!.delete(name);
        again = true;
      }
    }
  }
  return live;
}

async function put(client: pg.Client, content: Content): Promise<void> {
  await client.query('set session_replication_role = replica; truncate roots, nodes, leaves');
  for (const [table, rows] of Object.entries(content)) {
    const { columns } = tables[table]!;
    for (const row of rows.values()) {
      await client.query(
        `insert into ${table} (${columns.join(', ')}) overriding system value values (${columns.map((_, i) => `$${i + 1}`).join(', ')})`,
        columns.map((column) => row[column]),
      );
    }
  }
  await client.query('reset session_replication_role');
}

async function read(client: pg.Client): Promise<Content> {
  const content: Content = {};
  for (const [table, { columns }] of Object.entries(tables)) {
    const { rows } = await client.query<Row>(
      `select ${columns.map((column) => `${column}::int`).join(', ')} from ${table}`,
    );
    content[table] = new Map(rows.map((row) => [nameOf(table, row), row]));
  }
  return content;
}

/** What a restore of rows is to do, said without any SQL; undefined where it is to be refused. */
function expected(
  backup: Content,
  live: Content,
  table: string,
  chosen: readonly string[],
  { onConflict, withChildren, withParents }: Pick<Rows, 'onConflict' | 'withChildren' | 'withParents'>,
): { content: Content; counts: string[] } | undefined {
  const gathered: Record<string, Set<string>> = { roots: new Set(), nodes: new Set(), leaves: new Set() };
  const queue: [string, string][] = [];
  const take = (of: string, name: string): void => {
    if (!backup[of]!.has(name) || gathered[of]!.has(name)) return;
    gathered[of]!.add(name);
    queue.push([of, name]);
  };
  for (const name of chosen) take(table, name);
  for (const [of, name] of queue) {
    if (!withChildren) break;
    for (const key of keys.filter(({ to }) => to === of)) {
      for (const [child, row] of backup[key.from]!)
        if (valueOf(row, key.columns) === name) take(key.from, child);
    }
  }
  for (const [of, name] of queue) {
    if (!withParents) break;
    for (const key of keys.filter(({ from }) => from === of)) {
      const parent = valueOf(backup[of]!.get(name)!, key.columns);
      if (parent !== undefined && !live[key.to]!.has(parent)) take(key.to, parent);
    }
  }
  const content = Object.fromEntries(Object.entries(live).map(([of, rows]) => [of, new Map(rows)]));
  const counts: string[] = [];
  const written: [string, Row][] = [];
  for (const [of, names] of Object.entries(gathered)) {
    const sums = { added: 0, changed: 0, unchanged: 0, skipped: 0 };
    for (const name of names) {
      const [row, now] = [backup[of]!.get(name)!, live[of]!.get(name)];
      const same = now && tables[of]!.columns.every((column) => now[column] === row[column]);
      if (same) sums.unchanged++;
      else if (now && onConflict === 'skip') sums.skipped++;
      else if (now && onConflict !== 'overwrite') return undefined;
      else {
        sums[now ? 'changed' : 'added']++;
        content[of]!.set(name, row);
        written.push([of, row]);
      }
    }
    const parts = Object.entries(sums).filter(([, sum]) => sum > 0);
    if (names.size > 0)
      counts.push([`public.${of}`, ...parts.map(([what, sum]) => `${sum} ${what}`)].join(' '));
  }
  for (const [of, row] of written) {
    for (const key of keys.filter(({ from }) => from === of)) {
      const parent = valueOf(row, key.columns);
      if (parent !== undefined && !content[key.to]!.has(parent)) return undefined;
    }
  }
  return { content, counts: counts.toSorted() };
}

/** Rows that a restore has left alone, altered since, and some that it wrote: 7 and 8 are in no backup. */
async function writtenSince(
  client: pg.Client,
  { live, restored, random }: { live: Content; restored: Content; random: Random },
): Promise<{ others: [string, string][]; lost: [string, string][] }> {
  const others: [string, string][] = [];
  const lost: [string, string][] = [];
  for (const [table, rows] of Object.entries(restored)) {
    const condition = tables[table]!.key;
    for (const [name, row] of rows) {
      const touched = !same(table, row, live[table]!.get(name));
      if (random(touched ? 6 : 4) > 0) continue;
      (touched ? lost : others).push([table, name]);
      await client.query(
        `update ${table} set v = ${touched ? 8 : 7} where ${condition.map((column) => `${column} = ${row[column]}`).join(' and ')}`,
      );
    }
  }
  return { others, lost };
}

const same = (table: string, one: Row | undefined, other: Row | undefined): boolean =>
  tables[table]!.columns.every((column) => one?.[column] === other?.[column]);

/** Whether rows that come back would refer to none, or others to rows that go. */
function undoBreaksKeys(live: Content, restored: Content): boolean {
  const isTouched = (table: string, name: string): boolean =>
    !same(table, live[table]!.get(name), restored[table]!.get(name));
  return keys.some(({ from, columns, to }) =>
    [...live[from]!].some(([name, row]) => {
      const parent = valueOf(row, columns);
      if (parent === undefined || live[to]!.has(parent)) return false;
      return isTouched(from, name) || restored[to]!.has(parent);
    }),
  );
}

test('random rows come back exactly as a model says that knows no SQL, or nothing changes', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(schema);
  const store = memoryStore();
  const kept = await keptIn(t, db);
  const first = Number(process.env['HOLDFAST_TEST_SEED'] ?? Math.floor(Math.random() * 1e6));
  /** Undoes a restore after others have written, and undoes that; or says that it is refused, where keys would break. */
  async function undoes(
    mine: ReturnType<typeof kept.next>,
    live: Content,
    restored: Content,
    random: Random,
    label: string,
  ): Promise<boolean> {
    if (undoBreaksKeys(live, restored)) {
      await assert.rejects(kept.undo(mine.id, mine.place), (error) => {
        assert.ok(
          error instanceof HoldfastError && error.code === 'ROWS_UNFIT',
          `${label}: ${String(error)}`,
        );
        return true;
      });
      assert.deepEqual(await read(db.client), restored, label);
      return false;
    }
    const { others, lost } = await writtenSince(db.client, { live, restored, random });
    const written = await read(db.client);
    const expected = (of: Content): Content => {
      const content = Object.fromEntries(Object.entries(of).map(([table, all]) => [table, new Map(all)]));
      for (const [table, name] of others) {
        content[table]!.set(name, { ...content[table]!.get(name)!, v: 7 });
      }
      return content;
    };
    const undo = await kept.undo(mine.id, mine.place);
    assert.deepEqual(await read(db.client), expected(live), `undo of ${label}`);
    assert.equal(
      undo.plan.undo!.writtenSince.reduce((sum, each) => sum + each.written! + each.gone!, 0),
      lost.length,
      label,
    );
    assert.deepEqual(
      undo.plan
        .undo!.changedRows!.map(({ table, key }) => `${table} ${Object.values(key).join(',')}`)
        .toSorted(),
      lost.map(([table, name]) => `public.${table} ${name}`).toSorted(),
      label,
    );
    // Rows that were written since are back as well.
    const again = await kept.undo(undo.id, undo.place);
    assert.deepEqual(await read(db.client), written, `undo of the undo of ${label}`);
    assert.ok(again.plan.undo!.writtenSince.every((each) => each.written === 0 && each.gone === 0));
    return true;
  }
  let done = 0;
  let undone = 0;
  for (let seed = first; seed < first + Number(process.env['HOLDFAST_ROWS_SEEDS'] ?? 8); seed++) {
    const random = seeded(seed);
    const backup = randomContent(random);
    await put(db.client, backup);
    const manifest = await takeBackup(db.target, store);
    const rows = rowsOf(db.target, store, manifest);
    for (let round = 0; round < 6; round++) {
      const live = damaged(backup, random);
      await put(db.client, live);
      const table = Object.keys(tables)[random(3)]!;
      const { key } = tables[table]!;
      const chosen = [...backup[table]!.values()].filter(() => random(3) === 0);
      if (chosen.length === 0) continue;
      const how = {
        onConflict: (['fail', 'skip', 'overwrite'] as const)[random(3)]!,
        withChildren: random(2) === 0,
        withParents: random(3) > 0,
      };
      const condition = chosen.map(
        (row) => `(${key.map((column) => `${column} = ${row[column]}`).join(' and ')})`,
      );
      const which =
        random(2) === 0
          ? { where: condition.join(' or ') }
          : { keys: chosen.map((row) => Object.fromEntries(key.map((column) => [column, row[column]!]))) };
      const wanted = expected(
        backup,
        live,
        table,
        chosen.map((row) => nameOf(table, row)),
        how,
      );
      const label = `seed ${seed}, round ${round}: ${JSON.stringify({ table, ...which, ...how })}`;
      if (wanted) {
        const mine = kept.next();
        const counts = counted(
          await rows.restore({ table, ...which, ...how }, undefined, undefined, mine),
        ).toSorted();
        assert.deepEqual(counts, wanted.counts, label);
        done++;
        assert.deepEqual(await read(db.client), wanted.content, label);
        if (mine.place.tables.length > 0 && (await undoes(mine, live, wanted.content, random, label)))
          undone++;
        await put(db.client, wanted.content);
      } else {
        await assert.rejects(rows.restore({ table, ...which, ...how }), (error) => {
          assert.ok(
            error instanceof HoldfastError && /^ROWS_(CONFLICT|UNFIT)$/.test(error.code),
            `${label}: ${String(error)}`,
          );
          return true;
        });
      }
      assert.deepEqual(await read(db.client), wanted?.content ?? live, label);
    }
  }
  assert.ok(done > 3 && undone > 0, `${done} restores, ${undone} undos`);
});
