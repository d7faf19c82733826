import type { DataSet } from './dataset.ts';

/** One table of one shape, and how it changes between two backups. */
export interface ChangingSet extends DataSet {
  /** One row in a hundred, anywhere; another one at each call. */
  updateAnywhere(round: number): string;
  /** One more row for each hundred. */
  append: string;
}

function changing(
  name: string,
  describes: string,
  rows: number,
  columns: string,
  values: string,
  changed: string,
): ChangingSet {
  const fill = (from: string, count: string): string =>
    `insert into rows select ${values} from generate_series(${from}::bigint, ${from} + ${count} - 1) as n`;
  return {
    name,
    describes,
    async make(client, scale) {
      await client.query(`create table rows (id bigint not null, ${columns})`);
      await client.query(fill('1', String(Math.round(rows * scale))));
      await client.query('alter table rows add primary key (id)');
    },
    updateAnywhere: (round) =>
      `update rows set ${changed} where hashint8extended(id, ${round})::bit(32)::bigint % 100 = 0`,
    append: `do $$ declare top bigint := (select max(id) from rows); begin
      ${fill('(top + 1)', '(top / 100)')}; end $$`,
  };
}

export const narrow = changing(
  'narrow',
  'narrow rows (45 bytes)',
  8_000_000,
  'account int, amount int, at timestamptz',
  `n, (n * 7919) % 100000, (n * 104729) % 1000000, timestamptz '2024-01-01' + interval '1 second' * n`,
  'amount = amount + 1',
);

export const documents = changing(
  'documents',
  'rows with jsonb (180 bytes)',
  4_000_000,
  'what jsonb, note text',
  `n, jsonb_build_object('kind', n % 7, 'user', md5((n % 50000)::text), 'size', n % 1000), 'note ' || md5(n::text) || ' of ' || n`,
  `note = note || '.'`,
);

export const toasted = changing(
  'toasted',
  'rows in TOAST (6 kB)',
  90_000,
  'version int, body text',
  `n, 1, (select string_agg(md5((n * 200 + i)::text), '') from generate_series(1, 190) i)`,
  'version = version + 1',
);
