/** The commands of RESTORE.md, situation by situation, as they are written there, after what each is about has happened. */
import { byTurns } from '../support/servers.ts';
import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { testSystem, type TestSystem } from '../api/system.ts';
import { holdfast, temporaryFolder, type Outcome } from '../cli/holdfast.ts';

const page = path.resolve(import.meta.dirname, '../../docs/RESTORE.md');

const shop = `
  create table customers (id int primary key, name text not null);
  create table orders (id int primary key, customer_id int not null references customers, total numeric(10,2), note text);
  create table order_lines (order_id int references orders, line int, item text, primary key (order_id, line));
  create schema billing;
  create table billing.invoices (id serial primary key, order_id int);
  create view billing.open as select id from billing.invoices;
  insert into customers select n, 'customer ' || n from generate_series(1, 50) n;
  insert into orders select n, 1 + n % 50, n * 1.5, 'of ' || n from generate_series(1, 500) n;
  insert into order_lines select o, l, 'item ' || l from generate_series(1, 500) o, generate_series(1, 3) l;
  insert into billing.invoices (order_id) select n from generate_series(1, 40) n;
`;

interface Prepared extends TestSystem {
  /** The address of the store. */
  store: string;
}

interface Told extends Prepared {
  /** What each command of the section said, in order. */
  outcomes: Outcome[];
  count(sql: string): Promise<number>;
}

interface Situation {
  /** What has happened since the backup. */
  harm?: string;
  /** What the settings say. */
  env?: Record<string, string>;
  /** How many commands, from the first, say why it cannot be done so. */
  refused?: number;
  /** What was done about it before the section begins. */
  before?(system: TestSystem): Promise<void>;
  /** Instead of what the page has for the reader to fill in. */
  instead?(system: Prepared): [written: string, here: string][];
  check(told: Told): Promise<void>;
}

const situations: Readonly<Record<string, Situation>> = {
  'A table is gone, or all of it is wrong': {
    harm: 'drop table orders cascade',
    async check({ count }) {
      assert.equal(await count('select count(*) from orders'), 500);
      assert.equal(await count(`select count(*) from pg_constraint where contype = 'f'`), 2);
    },
  },
  'Some rows are gone or wrong': {
    harm: `delete from order_lines where order_id in (5, 7); delete from orders where id = 5;
      update orders set total = 0 where id = 7; update orders set note = 'new' where id = 8`,
    async check({ count, outcomes }) {
      assert.match(outcomes[0]!.stdout, /of 5/);
      assert.match(outcomes[1]!.stdout, /order_lines/);
      assert.equal(await count('select count(*) from orders where id in (5, 7) and total = id * 1.5'), 2);
      assert.equal(await count('select count(*) from order_lines where order_id in (5, 7)'), 6);
      assert.equal(await count(`select count(*) from orders where note = 'new'`), 1, 'others stay');
    },
  },
  "One customer's data is gone": {
    env: { HOLDFAST_TENANT_COLUMN: 'customer_id' },
    harm: `delete from order_lines where order_id in (select id from orders where customer_id in (42, 43));
      delete from orders where customer_id in (42, 43); delete from customers where id = 42;
      update customers set name = 'renamed' where id = 41`,
    async check({ count }) {
      assert.equal(await count('select count(*) from customers where id = 42'), 1);
      assert.equal(await count('select count(*) from orders where customer_id = 42'), 10);
      assert.equal(await count('select count(*) from order_lines'), 1470, 'those of 42, and not of 43');
      assert.equal(await count(`select count(*) from customers where name = 'renamed'`), 1, 'others stay');
    },
  },
  'One schema': {
    harm: `drop table billing.invoices cascade; insert into customers values (1000, 'new')`,
    async check({ count }) {
      assert.equal(await count('select count(*) from billing.open'), 40);
      assert.equal(await count('select count(*) from customers'), 51);
    },
  },
  'The table has changed since the backup': {
    harm: `alter table orders rename total to amount; alter table orders drop column note;
      alter table orders add currency text not null default 'x'; alter table orders alter currency drop default`,
    refused: 1,
    async check({ outcomes, count }) {
      assert.match(outcomes[0]!.stdout + outcomes[0]!.stderr, /currency.*--fill/);
      assert.equal(
        await count(`select count(*) from orders where amount = id * 1.5 and currency = 'EUR'`),
        500,
      );
    },
  },
  'A migration went wrong': {
    harm: `alter table orders drop column total; alter table orders add column vat int; update orders set vat = 1;
      create view vats as select vat from orders; create or replace view billing.open as select id, 1 as one from billing.invoices`,
    refused: 1,
    async check({ outcomes, count }) {
      assert.match(outcomes[0]!.stdout, /COLUMN public\.orders\.vat \(500 rows\)/);
      assert.match(outcomes[0]!.stdout, /VIEW public\.vats/);
      assert.equal(await count('select count(*) from orders where total = id * 1.5'), 500);
      assert.equal(
        await count(`select count(*) from information_schema.columns
          where column_name in ('vat', 'one') and (table_schema, table_name) in (('public', 'orders'), ('public', 'vats'), ('billing', 'open'))`),
        0,
      );
    },
  },
  'Everything is wrong': {
    harm: 'drop table order_lines; delete from orders where id > 100; truncate customers cascade',
    async check({ count, db }) {
      assert.equal(await count('select count(*) from order_lines'), 1500);
      assert.equal(await count('select count(*) from customers'), 50);
      const rescue = await db.adopt(`${db.name}_rescue`);
      const { rows } = await rescue.client.query('select count(*)::int as n from orders');
      assert.equal(rows[0].n, 500);
    },
    instead: ({ db }) => [['--to-database rescue', `--to-database ${db.name}_rescue`]],
  },
  'The server is gone': {
    check: async ({ db }) => assertThere(db),
    instead: ({ db, store }) => [elsewhere(db), ['s3://bucket/shop', store]],
  },
  'I want the old table beside the new one': {
    harm: 'delete from order_lines; update orders set total = 0; alter table orders drop column note',
    async check({ count }) {
      assert.equal(
        await count('select count(*) from before.orders where total = id * 1.5 and note is not null'),
        500,
      );
      assert.equal(await count('select count(*) from before.order_lines'), 1500);
      assert.equal(await count('select count(*) from orders_old where total = id * 1.5'), 500);
      assert.equal(await count('select count(*) from orders where total = 0'), 500, 'the live one stays');
      assert.equal(
        await count(
          `select count(*) from pg_constraint where conrelid = 'before.order_lines'::regclass and confrelid = 'before.orders'::regclass`,
        ),
        1,
      );
    },
  },
  'Only the definitions, or only the rows': {
    harm: 'drop view billing.open; drop table order_lines; delete from orders; insert into customers values (1000, $$new$$)',
    instead: ({ db }) => [['--to-database empty_shop', `--to-database ${db.name}_empty`]],
    async check({ count, db }) {
      const empty = await db.adopt(`${db.name}_empty`);
      const { rows } = await empty.client.query(
        'select (select count(*)::int from customers) as customers, (select count(*)::int from billing.open) as open',
      );
      assert.deepEqual(rows, [{ customers: 0, open: 0 }]);
      assert.equal(
        await count('select count(*) from billing.open'),
        40,
        'the view is back, over the rows of now',
      );
      assert.equal(await count('select count(*) from order_lines'), 0);
      assert.equal(await count('select count(*) from customers'), 51, 'rows that are there stay');
      assert.equal(await count('select count(*) from orders'), 500);
    },
  },
  'Onto another server': {
    check: async ({ db }) => assertThere(db),
    instead: ({ db }) => [elsewhere(db)],
  },
  'I only want to look': {
    async check({ outcomes, count }) {
      assert.match(outcomes[0]!.stdout, /of 5/);
      // Orders 6, 56, 106 and so on.
      assert.match(outcomes[1]!.stdout, /\b10\b.*3465/s);
      assert.equal(await count('select count(*) from orders'), 500);
    },
  },
  'It was the wrong restore': {
    harm: `update orders set note = 'newer'`,
    async before({ api }) {
      const { backups } = await api.listBackups();
      await api.restore({
        backupId: backups[0]!.id,
        restoreType: 'partial',
        tables: ['orders'],
        wait: true,
      });
    },
    async check({ count }) {
      assert.equal(await count(`select count(*) from orders where note = 'newer'`), 500);
    },
  },
  'Before a migration': {
    instead: ({ db }) => [
      [
        'npx prisma migrate deploy',
        `psql -q ${db.connectionString} -c "alter table orders drop column note"`,
      ],
    ],
    async check({ outcomes, count }) {
      assert.match(
        outcomes[0]!.stdout + outcomes[0]!.stderr,
        /orders: column "note" dropped[^]*To go back: .* restore /,
      );
      assert.equal(
        await count(
          `select count(*) from pg_attribute where attrelid = 'orders'::regclass and attname = 'note'`,
        ),
        0,
      );
    },
  },
};

/** A database of another name, as if its server were another one. */
function elsewhere(db: TestSystem['db']): [string, string] {
  const url = new URL(db.connectionString);
  url.pathname = `/${db.name}_elsewhere`;
  return ['postgres://user:password@host:5432/shop', url.href];
}

async function assertThere(db: TestSystem['db']): Promise<void> {
  const there = await db.adopt(`${db.name}_elsewhere`);
  const { rows } = await there.client.query('select count(*)::int as n from order_lines');
  assert.equal(rows[0].n, 1500);
}

/** The words of a line, as a shell would take them. */
function words(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');
}

/** Whether a command would ask, and here has nobody to. */
function asks(args: readonly string[]): boolean {
  return /^(restore|undo)$/.test(args[0] ?? '') && !args.includes('--dry-run');
}

async function sections(): Promise<Map<string, string[]>> {
  const text = await fs.readFile(page, 'utf8');
  const found = new Map<string, string[]>();
  for (const section of text.split(/^## /m).slice(1)) {
    const title = section.slice(0, section.indexOf('\n'));
    const blocks = [...section.matchAll(/```sh\n([^]*?)```/g)].map(([, block]) => block!);
    const lines = blocks
      .join('')
      .split('\n')
      .filter((line) => line !== '');
    if (lines.length > 0) found.set(title, lines);
  }
  return found;
}

test('every situation of the page is tested, and no other', async () => {
  assert.deepEqual([...(await sections()).keys()].toSorted(), Object.keys(situations).toSorted());
});

for (const [title, situation] of byTurns(Object.entries(situations))) {
  test(title, async (t) => {
    const lines = (await sections()).get(title) ?? assert.fail(`the page has no commands for: ${title}`);
    const store = `file://${await temporaryFolder(t)}`;
    const prepared: Prepared = { ...(await testSystem(t, { sql: shop, store })), store };
    const { api, db } = prepared;
    const backup = await api.createBackup({ wait: true });
    if (situation.harm !== undefined) await db.client.query(situation.harm);
    await situation.before?.(prepared);
    const { restores } = await api.listRestores();
    const outcomes: Outcome[] = [];
    for (const line of lines) {
      const literal = (situation.instead?.(prepared) ?? [])
        .reduce((text, [written, here]) => text.replaceAll(written, here), line)
        .replace(/\b12\b/, String(backup.id))
        .replace(/(?<=undo )4\b/, String(restores[0]?.id));
      const [command, ...args] = words(literal);
      assert.equal(command, 'holdfast', line);
      const outcome = await holdfast([...args, ...(asks(args) ? ['--yes'] : [])], {
        url: db.connectionString,
        env: { HOLDFAST_STORE: store, ...situation.env },
      });
      const allRight = outcomes.length >= (situation.refused ?? 0);
      assert.equal(outcome.code === 0, allRight, `${line}\n${outcome.stdout}${outcome.stderr}`);
      outcomes.push(outcome);
    }
    const count = async (sql: string): Promise<number> => {
      const { rows } = await db.client.query<{ count: string }>(sql);
      return Number(rows[0]!.count);
    };
    await situation.check({ ...prepared, outcomes, count });
  });
}
