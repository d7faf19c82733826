import assert from 'node:assert/strict';
import { test } from 'node:test';
import { declareUsual, lookAt } from '../../src/radar/radar.ts';
import { noMemory, type FoundSign, type Memory } from '../../src/radar/memory.ts';
import { signSentence } from '../../src/contract/finding-words.ts';
import { day, randomFrom, Shop, type Table } from './world.ts';

/** How many years are lived through. */
const seeds = 40;
const begin = Date.UTC(2026, 0, 1, 2);

interface Life {
  shop: Shop;
  memory: Memory;
  /** Takes a backup, this number of days after the beginning. */
  backup(at?: number): FoundSign[];
}

function begun(seed: number): Life {
  const shop = new Shop(seed);
  const memory = noMemory(begin);
  let id = 0;
  return {
    shop,
    memory,
    backup(at = shop.today) {
      id += 1;
      const tables = shop.backup();
      const found = lookAt(memory, { id, at: begin + at * day, tables, covers: 'all' });
      // What an announcement explains raises no alarm.
      const signs = found.filter(({ sign }) => !shop.announced.has(sign.table.replace('public.', '')));
      shop.announced.clear();
      return signs;
    },
  };
}

function inWords(found: readonly FoundSign[]): string[] {
  return found.map(({ sign }) => signSentence(sign));
}

test('a year of ordinary life raises no alarm', () => {
  const alarms: string[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const { shop, backup } = begun(seed);
    const random = randomFrom(seed + 1_000_000);
    backup();
    for (let at = 1; at <= 365; at++) {
      shop.live();
      if (at % 120 === 100) shop.import();
      // Some nights there is none, and never on time.
      if (random() < 0.05 && !shop.announced.size) continue;
      const signs = backup(at + random() * 0.05);
      alarms.push(...inWords(signs).map((words) => `seed ${seed}, day ${at}: ${words}`));
    }
  }
  assert.deepEqual(alarms, []);
});

test('so do a month with a backup every hour, and a year with one a week', () => {
  const alarms: string[] = [];
  for (let seed = 1; seed <= 3; seed++) {
    const hourly = begun(seed);
    for (let hour = 0; hour < 30 * 24; hour++) {
      if (hour % 24 === 2) hourly.shop.live();
      const found = hourly.backup(hour / 24);
      // A table that is rewritten each night looks unusual between the hours, until it has been for two nights.
      const isNight = (each: FoundSign): boolean =>
        hour < 72 && each.sign.kind === 'rewritten' && each.sign.table === 'public.products';
      const strange = found.filter((each) => !isNight(each));
      alarms.push(...inWords(strange).map((words) => `seed ${seed}, hour ${hour}: ${words}`));
    }
    const weekly = begun(seed);
    for (let at = 0; at <= 365; at++) {
      if (at > 0) weekly.shop.live();
      if (at % 7 !== 0) continue;
      alarms.push(...inWords(weekly.backup()).map((words) => `seed ${seed}, week ${at / 7}: ${words}`));
    }
  }
  assert.deepEqual(alarms, []);
});

/** What can happen to a table, and as what it is found. */
interface Disaster {
  name: string;
  kind: FoundSign['sign']['kind'];
  table: string;
  strike(shop: Shop): void;
  /** The shop does not go on as before with what is left of it. */
  isFatal?: boolean;
  /** Not in the first days, when nobody knows what is usual. */
  needsDays?: number;
}

function wreck(shop: Shop, name: string, change: (table: Table) => void): void {
  change(shop.get(name));
}

const disasters: Disaster[] = [
  {
    name: 'most rows deleted',
    kind: 'rows-lost',
    table: 'public.orders',
    strike: (shop) => wreck(shop, 'orders', (table) => void (table.rows = Math.round(table.rows * 0.3))),
  },
  {
    name: 'half of the rows deleted',
    kind: 'rows-lost',
    table: 'public.customers',
    strike: (shop) =>
      wreck(shop, 'customers', (table) => void (table.rows = Math.floor(table.rows / 2) - 20)),
  },
  {
    name: 'a third of the rows deleted',
    kind: 'rows-lost',
    table: 'public.orders',
    needsDays: 30,
    strike: (shop) => wreck(shop, 'orders', (table) => void (table.rows = Math.round(table.rows * 0.65))),
  },
  {
    name: 'a table truncated',
    kind: 'rows-lost',
    table: 'public.orders',
    strike: (shop) => wreck(shop, 'orders', (table) => Object.assign(table, { rows: 0, touched: 'all' })),
  },
  {
    name: 'a small table that never changes emptied',
    kind: 'rows-lost',
    table: 'public.regions',
    needsDays: 60,
    strike: (shop) => wreck(shop, 'regions', (table) => Object.assign(table, { rows: 0, touched: 'all' })),
  },
  {
    name: 'a table dropped',
    kind: 'gone',
    table: 'public.ledger',
    strike: (shop) => void shop.tables.delete('ledger'),
  },
  {
    name: 'every partition but two dropped',
    isFatal: true,
    kind: 'rows-lost',
    table: 'public.events',
    strike(shop) {
      const months = [...shop.tables.values()].filter(({ root }) => root !== null);
      for (const { name } of months.slice(0, -2)) shop.tables.delete(name);
    },
  },
  {
    name: 'a partition in the middle dropped',
    kind: 'gone',
    table: 'a partition',
    strike(shop) {
      const months = [...shop.tables.values()].filter(({ root }) => root !== null);
      shop.tables.delete(months[3]!.name);
    },
  },
  {
    name: 'a long column set to null',
    kind: 'values-lost',
    table: 'public.orders',
    strike: (shop) =>
      wreck(shop, 'orders', (table) =>
        Object.assign(table, { bytesPerRow: table.bytesPerRow * 0.6, touched: table.rows }),
      ),
  },
  {
    name: 'a short column set to null',
    kind: 'values-lost',
    table: 'public.customers',
    needsDays: 30,
    strike: (shop) =>
      wreck(shop, 'customers', (table) =>
        Object.assign(table, { bytesPerRow: table.bytesPerRow * 0.88, touched: table.rows }),
      ),
  },
  {
    name: 'values encrypted in place',
    kind: 'scrambled',
    table: 'public.customers',
    strike: (shop) =>
      wreck(shop, 'customers', (table) =>
        Object.assign(table, { bytesPerRow: table.bytesPerRow * 1.33, density: 0.76, touched: 'all' }),
      ),
  },
  {
    name: 'every row updated',
    kind: 'rewritten',
    table: 'public.orders',
    needsDays: 10,
    strike: (shop) => wreck(shop, 'orders', (table) => void (table.touched = table.rows)),
  },
];

for (const { name, kind, table, strike, needsDays = 2, isFatal = false } of disasters) {
  test(`${name}: an alarm at the first backup after it, and none at the next`, () => {
    for (let seed = 1; seed <= 10; seed++) {
      const { shop, backup } = begun(seed);
      shop.add('regions', 120, 40, 0.5);
      shop.add('ledger', 4_000, 90, 0.4);
      const random = randomFrom(seed + 2_000_000);
      const struck = needsDays + Math.floor(random() * (300 - needsDays));
      backup();
      while (shop.today < struck) {
        shop.live();
        backup();
      }
      shop.live();
      strike(shop);
      const found = backup();
      const where = `seed ${seed}, day ${struck}: ${inWords(found).join('; ')}`;
      assert.equal(found[0]?.sign.kind, kind, where);
      if (table.startsWith('public.')) assert.equal(found[0].sign.table, table, where);
      assert.equal(found.length, 1, where);
      assert.equal(found[0].withoutId, struck + 1, where);
      if (isFatal) continue;
      shop.live();
      assert.deepEqual(inWords(backup()), [], `the day after, seed ${seed}`);
    }
  });
}

test('the same within minutes, where nothing is known but one backup', () => {
  for (const { name, kind, table, strike } of disasters.filter(({ needsDays }) => needsDays === undefined)) {
    for (let seed = 1; seed <= 10; seed++) {
      const { shop, backup } = begun(seed);
      shop.add('ledger', 4_000, 90, 0.4);
      backup(0);
      strike(shop);
      const found = backup(0.001);
      assert.equal(found[0]?.sign.kind, kind, `${name}, seed ${seed}: ${inWords(found).join('; ')}`);
      if (table.startsWith('public.')) assert.equal(found[0].sign.table, table, name);
    }
  }
});

test('what is lost a little at a time is found within the day', () => {
  const { shop, backup } = begun(7);
  backup();
  while (shop.today < 60) {
    shop.live();
    backup();
  }
  const orders = shop.get('orders');
  const before = orders.rows;
  const found: FoundSign[][] = [];
  for (let hour = 1; hour <= 10; hour++) {
    orders.rows = Math.round(orders.rows * 0.9);
    found.push(backup(60 + hour / 24));
  }
  const first = found.findIndex((signs) => signs.length > 0);
  assert.ok(first > 0 && first < 6, `found at hour ${first + 1}`);
  const { sign, withoutId } = found[first]![0]!;
  assert.ok(sign.kind === 'rows-lost' && sign.rowsBefore === before);
  assert.equal(withoutId, 61);
});

test('many small losses are one large one', () => {
  const { shop, backup } = begun(3);
  for (let n = 0; n < 3_000; n++)
    shop.add(`tenant_${'x'.repeat(n % 5)}${String.fromCodePoint(19_968 + n)}`, 60, 100, 0.4);
  for (const name of ['orders', 'archive', 'customers', 'audit', 'staging']) shop.tables.delete(name);
  for (const { name, root } of shop.tables.values()) if (root !== null) shop.tables.delete(name);
  backup();
  for (const name of shop.tables.keys()) if (name.startsWith('tenant_')) shop.tables.delete(name);
  const found = backup(0.5);
  assert.deepEqual(
    found.map(({ sign }) => [sign.kind, sign.table]),
    [['rows-lost', 'the whole database']],
  );
});

test('what was declared usual is not reported again; what was right once is', () => {
  for (const regular of [true, false]) {
    const { shop, memory, backup } = begun(5);
    backup();
    const once = (): FoundSign[] => {
      for (let n = 0; n < 40; n++) {
        shop.live();
        backup();
      }
      shop.live();
      const orders = shop.get('orders');
      orders.rows = Math.round(orders.rows * 0.4);
      return backup();
    };
    const [first] = once();
    assert.equal(first?.sign.kind, 'rows-lost');
    declareUsual(memory, first, begin + shop.today * day, regular);
    assert.equal(once().length, regular ? 0 : 1);
  }
});
