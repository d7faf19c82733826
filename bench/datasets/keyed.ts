import { between, chance, pickEarly } from '../../src/cli/sample-shop/chance.ts';
import type { DataSet } from './dataset.ts';
import { phrase } from './words.ts';

/** Shares of all rows, in hundredths: one large table, some middling ones, and small ones that others refer to. */
const shares = [25, 10, 10, 10, 4, 4, 4, 4, 4, 4, 2.1, 2.1, 2.1, 2.1, 2.1, 2.1, 2.1, 2.1, 2.1, 2.1];
const rowsAtScaleOne = 4_600_000;
/** The last ten tables have the keys that the others refer to. */
const parents = 10;

/** Twenty tables of very different sizes with 60 indexes and 30 foreign keys. */
export const keyed: DataSet = {
  name: 'keyed',
  describes: '20 tables, 60 indexes, 30 foreign keys',
  async make(client, scale) {
    const counts = shares.map((share) => Math.round((rowsAtScaleOne * scale * share) / 100));
    const parentOf = (table: number, which: number): number =>
      shares.length - parents + ((table * 3 + which * 5) % parents);
    for (const [table, rows] of counts.entries()) {
      const s = table * 100;
      const refers = (which: number): string => between('n', s + which, 1, counts[parentOf(table, which)]!);
      await client.query(
        `create table t${table} (id bigint, one bigint, other bigint, code text, state text, amount numeric(10,2), at timestamptz, note text)`,
      );
      await client.query(
        `insert into t${table} select n, ${refers(1)}, ${refers(2)}, substr(md5('${s}/' || n), 1, 12),
          ${pickEarly(['open', 'paid', 'sent', 'closed'], 'n', s + 3)}, (${between('n', s + 4, 100, 90_000)} / 100.0)::numeric(10,2),
          timestamptz '2024-01-01 00:00:00+00' + make_interval(secs => 7.0 * n),
          case when ${chance('n', s + 5)} < 0.7 then ${phrase('n', s + 6, 4)} end
         from generate_series(1, ${rows}) as n order by n`,
      );
    }
    for (const table of counts.keys()) {
      await client.query(`alter table t${table} add primary key (id)`);
      await client.query(`create index on t${table} (one, at)`);
      await client.query(`create index on t${table} (code)`);
    }
    for (const table of counts.keys()) {
      const keys = table < counts.length - parents ? ['one', 'other'] : ['one'];
      for (const [at, column] of keys.entries()) {
        await client.query(
          `alter table t${table} add foreign key (${column}) references t${parentOf(table, at + 1)}`,
        );
      }
    }
  },
};
