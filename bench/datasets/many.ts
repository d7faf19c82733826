import { between, chance, pick, pickEarly } from '../../src/cli/sample-shop/chance.ts';
import type { DataSet } from './dataset.ts';
import { phrase } from './words.ts';

interface Shape {
  name: string;
  rows: number;
  columns: string;
  /** For row `n`; the salt makes each table's rows its own. */
  values: (salt: number) => string;
  after: (table: string, account: string) => string[];
}

/** Six shapes of table as applications have them, ten tables of each. */
const shapes: readonly Shape[] = [
  {
    name: 'accounts',
    rows: 42_000,
    columns: `id integer, token uuid, name text, email text, state text, preferences jsonb, created_at timestamptz`,
    values: (
      s,
    ) => `n, md5('${s}/' || n)::uuid, initcap(${phrase('n', s + 1, 2)}), lower(${phrase('n', s + 1, 1)}) || n || '@example.org',
      ${pickEarly(['active', 'dormant', 'invited', 'closed'], 'n', s + 4)},
      jsonb_build_object('theme', ${pick(['light', 'dark', 'system'], 'n', s + 5)}, 'page_size', ${between('n', s + 6, 1, 8)} * 10,
        'mail', jsonb_build_object('weekly', ${chance('n', s + 7)} < 0.4, 'topics', jsonb_build_array(${phrase('n', s + 8, 1)}, ${phrase('n', s + 9, 1)}))),
      timestamptz '2022-05-01 00:00:00+00' + interval '11 minutes' * n`,
    after: (table) => [
      `alter table ${table} add primary key (id)`,
      `create unique index on ${table} (email)`,
      `create index on ${table} using gin (preferences jsonb_path_ops)`,
    ],
  },
  {
    name: 'payments',
    rows: 140_000,
    columns: `id bigint, account_id integer, amount numeric(10,2), fee numeric(8,4), method text, paid_at timestamptz, reference text`,
    values: (
      s,
    ) => `n, ${between('n', s + 1, 1, 4_000)}, (${between('n', s + 2, 100, 60_000)} / 100.0)::numeric(10,2), (${between('n', s + 3, 0, 90_000)} / 10000.0)::numeric(8,4),
      ${pickEarly(['card', 'transfer', 'wallet'], 'n', s + 4)}, timestamptz '2023-01-01 00:00:00+00' + make_interval(secs => 611.0 * n + ${between('n', s + 5, 0, 600)}),
      upper(substr(md5('${s}/' || n), 1, 8))`,
    after: (table, account) => [
      `alter table ${table} add primary key (id)`,
      `create index on ${table} (account_id)`,
      `alter table ${table} add foreign key (account_id) references ${account}`,
    ],
  },
  {
    name: 'readings',
    rows: 170_000,
    columns: `sensor_id integer, read_at timestamp, temperature real, humidity double precision, voltage numeric(6,3)`,
    values: (
      s,
    ) => `n % 200, timestamp '2024-01-01' + interval '1 minute' * (n / 200), (12 + 9 * sin(n / 9000.0) + ${chance('n', s + 1)})::numeric(5,2)::real,
      (55 + 20 * ${chance('n', s + 2)})::numeric(4,1)::float8, 3 + ${between('n', s + 3, 0, 900)} / 1000.0`,
    after: (table) => [
      `alter table ${table} add primary key (sensor_id, read_at)`,
      `create index on ${table} using brin (read_at)`,
    ],
  },
  {
    name: 'articles',
    rows: 30_000,
    columns: `id integer, account_id integer, title text, body text, tags text[], published_at timestamptz`,
    values: (s) => `n, ${between('n', s + 1, 1, 4_000)}, initcap(${phrase('n', s + 2, 4)}),
      (select string_agg(${phrase('n * 64 + part', s + 10, 8)}, ', ') from generate_series(1, ${between('n', s + 6, 2, 14)}) as part),
      array[${phrase('n', s + 30, 1)}, ${phrase('n', s + 31, 1)}],
      case when ${chance('n', s + 7)} < 0.9 then timestamptz '2020-02-01 00:00:00+00' + interval '2 hours' * n end`,
    after: (table, account) => [
      `alter table ${table} add primary key (id)`,
      `create index on ${table} using gin (tags)`,
      `alter table ${table} add foreign key (account_id) references ${account} on delete cascade`,
    ],
  },
  {
    name: 'events',
    rows: 52_000,
    columns: `id bigint generated always as identity, account_id integer, kind text, client inet, payload jsonb, happened_at timestamptz`,
    values: (
      s,
    ) => `${between('n', s + 1, 1, 4_000)}, ${pickEarly(['page.view', 'cart.add', 'cart.pay', 'login', 'search'], 'n', s + 2)},
      inet '10.0.0.0' + ${between('n', s + 3, 1, 90_000)},
      jsonb_build_object('path', '/' || replace(${phrase('n', s + 4, 3)}, ' ', '/'), 'ms', ${between('n', s + 8, 3, 900)},
        'agent', ${pickEarly(['Firefox/140.0 (X11; Linux)', 'Safari/18.3 (iPhone)', 'Chrome/137.0 (Windows NT 10)'], 'n', s + 9)},
        'request', md5('request ${s}/' || n)),
      timestamptz '2025-01-01 00:00:00+00' + make_interval(secs => 97.0 * n + ${between('n', s + 10, 0, 999)} / 1000.0)`,
    after: (table, account) => [
      `alter table ${table} add primary key (id)`,
      `create index on ${table} (kind, happened_at)`,
      `alter table ${table} add foreign key (account_id) references ${account}`,
    ],
  },
  {
    name: 'links',
    rows: 420_000,
    columns: `source_id integer, target_id integer, rank smallint, weight real`,
    values: (s) =>
      `1 + n / 20, n % 20 * 4001 + ${between('n', s + 1, 0, 4_000)}, ${between('n', s + 2, 0, 99)}, ${chance('n', s + 3)}::real`,
    after: (table) => [
      `alter table ${table} add primary key (source_id, target_id)`,
      `create index on ${table} (target_id)`,
    ],
  },
];

/** Ten tables of each shape, from a third of the usual size to twice it. */
const factors = [0.35, 0.5, 0.6, 0.75, 0.9, 1.0, 1.15, 1.3, 1.55, 1.9];

/** About sixty middling tables of varied shapes, with the keys and indexes such tables have. */
export const many: DataSet = {
  name: 'many',
  describes: 'middling tables',
  async make(client, scale) {
    for (const [index, factor] of factors.entries()) {
      for (const shape of shapes) {
        const table = `${shape.name}_${index + 1}`;
        // The accounts must stay as many as the keys that point to them.
        const least = shape.name === 'accounts' ? 4_000 : 1;
        const rows = Math.max(Math.round(shape.rows * factor * scale), least);
        await client.query(`create table ${table} (${shape.columns})`);
        const target = shape.columns.includes('identity')
          ? `${table} (account_id, kind, client, payload, happened_at)`
          : table;
        await client.query(
          `insert into ${target} select ${shape.values(index * 100)} from generate_series(1, ${rows}) as n order by n`,
        );
        for (const statement of shape.after(table, `accounts_${index + 1}`)) await client.query(statement);
      }
    }
  },
};
