/** A database that lives: what its backups would say of its tables, day by day, by random numbers of one seed. */
import type { TableFigures } from '../../src/radar/figures.ts';
import { keyOf } from '../../src/radar/figures.ts';

export const day = 86_400_000;

export type Random = () => number;

/** mulberry32 */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export interface Table {
  name: string;
  rows: number;
  bytesPerRow: number;
  /** Stored for each byte of text. */
  density: number;
  oid: number;
  shape: string;
  root: string | null;
  bound: string | null;
  /** Rows that were changed or added since the last backup; `all` where it was written anew. */
  touched: number | 'all';
}

const rowsOfRange = 50_000;

/** What a backup says of a table as it is. */
export function figuresOf(table: Table, random: Random): TableFigures {
  const { name, rows, bytesPerRow, density, oid, shape, root, bound, touched } = table;
  const rawBytes = Math.round(rows * bytesPerRow);
  const all = Math.max(1, Math.ceil(rows / rowsOfRange));
  const share = touched === 'all' ? 1 : Math.min(1, touched / Math.max(1, rows));
  // Rows that are touched lie together or all over.
  const changed = touched === 'all' ? 0 : touched === 0 ? 0 : Math.max(1, Math.ceil(all * share));
  const read = touched === 'all' ? all : 0;
  const readRawBytes = Math.round(rawBytes * (touched === 'all' ? 1 : changed / all));
  // Pieces compress a little differently each time.
  const noise = 0.98 + random() * 0.04;
  return {
    schema: 'public',
    name,
    rows,
    rawBytes,
    storedBytes: Math.round(rawBytes * density),
    ranges: { unchanged: all - changed - read, changed, read },
    rowsChanged: touched === 'all' ? null : Math.min(rows, touched),
    readRawBytes,
    readStoredBytes: Math.round(readRawBytes * density * noise),
    oid,
    shape,
    root,
    bound,
  };
}

/** `log_2026_01_08` */
function logOf(week: number): string {
  return `log_${new Date(Date.UTC(2026, 0, 1 + 7 * week)).toISOString().slice(0, 10).replaceAll('-', '_')}`;
}

/** A shop over a year. */
export class Shop {
  readonly tables = new Map<string, Table>();
  /** Tables whose change was announced. */
  readonly announced = new Set<string>();
  today = 0;
  private oid = 16_384;
  private readonly auditDays: number[] = [];
  readonly random: Random;

  constructor(seed: number) {
    this.random = randomFrom(seed);
    const sizes = (least: number, most: number): number =>
      Math.round(least * (most / least) ** this.random());
    this.add('orders', sizes(5_000, 500_000), 150, 0.3);
    this.add('customers', sizes(2_000, 100_000), 220, 0.35);
    this.add('products', sizes(500, 5_000), 400, 0.25);
    this.add('settings', 12, 60, 0.6);
    this.add('countries', 249, 30, 0.5);
    this.add('queue', 40, 300, 0.4);
    this.add('carts', 150, 200, 0.4);
    this.add('staging', sizes(5_000, 80_000), 120, 0.3);
    this.add('audit', 0, 180, 0.2);
    this.add('archive', sizes(20_000, 200_000), 250, 0.3);
    for (let month = -5; month <= 1; month++) this.addPartition(month, month <= 0 ? 30_000 : 0);
    for (let week = -4; week < 0; week++) this.add(logOf(week), 8_000, 100, 0.2);
    for (let past = 0; past < 90; past++) this.grow(past);
    for (const table of this.tables.values()) table.touched = 'all';
  }

  add(name: string, rows: number, bytesPerRow: number, density: number): Table {
    const table: Table = {
      name,
      rows,
      bytesPerRow,
      density,
      oid: this.oid++,
      shape: name.replaceAll(/\d/g, ''),
      root: null,
      bound: null,
      touched: 'all',
    };
    this.tables.set(name, table);
    return table;
  }

  get(name: string): Table {
    return this.tables.get(name)!;
  }

  private addPartition(month: number, rows: number): void {
    const [year, of] = [2026 + Math.floor(month / 12), (((month % 12) + 12) % 12) + 1];
    const from = `${year}-${String(of).padStart(2, '0')}-01`;
    const table = this.add(`events_${from}`, rows, 90, 0.25);
    table.shape = 'events';
    table.root = keyOf({ schema: 'public', name: 'events' });
    table.bound = `('${from}')`;
  }

  /** So many rows of the audit were written on one day; those of more than 90 days go once a month. */
  private grow(at: number): void {
    this.auditDays.push(Math.round(300 + this.random() * 200));
    this.get('audit').rows = this.auditDays.reduce((sum, rows) => sum + rows, 0);
    if (at % 30 === 29) this.auditDays.splice(0, Math.max(0, this.auditDays.length - 90));
  }

  private between(least: number, most: number): number {
    return least + this.random() * (most - least);
  }

  private insert(table: Table, rows: number): void {
    table.rows += rows;
    if (table.touched !== 'all') table.touched += rows;
  }

  private remove(table: Table, share: number): void {
    table.rows = Math.round(table.rows * (1 - share));
  }

  private update(table: Table, share: number): void {
    if (table.touched !== 'all') table.touched += Math.round(table.rows * share);
  }

  /** One ordinary day. */
  live(): void {
    const { random } = this;
    const at = this.today++;
    const [orders, customers, products] = [this.get('orders'), this.get('customers'), this.get('products')];
    const season = 1 + 0.5 * Math.sin((at / 365) * 2 * Math.PI);
    this.insert(orders, Math.round(this.between(20, 100) * season + orders.rows * this.between(0, 0.01)));
    this.update(orders, this.between(0, 0.03));
    orders.bytesPerRow *= this.between(0.999, 1.002);
    this.insert(customers, Math.round(this.between(0, 100)));
    this.remove(customers, this.between(0, 0.002));
    this.update(customers, this.between(0, 0.02));
    // Every product gets its price of the day.
    this.update(products, 1);
    const queue = this.get('queue');
    queue.rows = Math.floor(this.between(0, 80));
    queue.bytesPerRow = this.between(150, 600);
    const carts = this.get('carts');
    carts.rows = Math.floor(this.between(0, 300));
    carts.bytesPerRow = this.between(120, 350);
    for (const each of [queue, carts]) each.touched = each.rows;
    const staging = this.get('staging');
    staging.rows = Math.round(staging.oid * 0 + this.stagingRows() * this.between(0.7, 1.3));
    staging.bytesPerRow = this.between(115, 125);
    staging.touched = 'all';
    this.grow(at);
    this.insertEvents(at);
    if (at % 91 === 60) this.remove(this.get('archive'), this.between(0.1, 0.22));
    this.insert(this.get('archive'), Math.round(this.between(0, 400)));
    if (at % 7 === 3) this.rotateLogs();
    if (at % 30 === 12) this.migrate();
    if (random() < 0.01) this.get(random() < 0.5 ? 'orders' : 'archive').touched = 'all';
    if (random() < 0.03) this.add(`tmp_${at}`, Math.round(this.between(1_000, 50_000)), 100, 0.3);
    for (const name of this.tables.keys())
      if (name.startsWith('tmp_') && name !== `tmp_${at}`) this.tables.delete(name);
  }

  private base = 0;
  private stagingRows(): number {
    this.base ||= this.get('staging').rows;
    return this.base;
  }

  private insertEvents(at: number): void {
    const months = [...this.tables.values()].filter(({ root }) => root !== null);
    const current = months.at(-2)!;
    this.insert(current, Math.round(this.between(700, 1_300)));
    if (at % 30 !== 29) return;
    this.addPartition(Math.floor(at / 30) + 2, 0);
    this.tables.delete(months[0]!.name);
  }

  private rotateLogs(): void {
    const logs = [...this.tables.keys()].filter((name) => name.startsWith('log_'));
    this.add(logOf(Math.floor(this.today / 7)), Math.round(this.between(6_000, 10_000)), 100, 0.2);
    this.tables.delete(logs[0]!);
  }

  /** A new version of the application: what it is about changes from month to month. */
  private migrate(): void {
    const month = Math.floor(this.today / 30);
    this.add(`feature_${'abcdefghijklmn'[month]}`, Math.round(this.between(0, 90)), 80, 0.4);
    const kind = month % 4;
    if (kind === 0) {
      const customers = this.get('customers');
      customers.shape += '+';
      customers.bytesPerRow *= this.between(0.85, 1.3);
      customers.touched = 'all';
    } else if (kind === 1) {
      // A small table is dropped.
      const small = [...this.tables.keys()].find((name) => name.startsWith('feature_'));
      if (small !== undefined) this.tables.delete(small);
    } else if (kind === 2) {
      // Renamed, and back with the next one.
      const table = this.tables.get('archive')!;
      this.tables.delete('archive');
      this.tables.set('archive', { ...table, name: month % 8 === 2 ? 'old_orders' : 'archive' });
    } else {
      // A table is built anew under another name: the same rows, another oid.
      const table = this.get('countries');
      this.tables.set('countries', {
        ...table,
        name: table.name === 'countries' ? 'nations' : 'countries',
        oid: this.oid++,
        touched: 'all',
      });
    }
  }

  /** Many rows from elsewhere, which somebody has said beforehand. */
  import(): void {
    const orders = this.get('orders');
    this.announced.add('orders');
    this.insert(orders, orders.rows * 6 + 600_000);
  }

  backup(): TableFigures[] {
    const figures = [...this.tables.values()].map((table) => figuresOf(table, this.random));
    for (const table of this.tables.values()) table.touched = 0;
    return figures;
  }
}
