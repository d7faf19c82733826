import { between, chance, pickEarly } from '../../src/cli/sample-shop/chance.ts';
import type { DataSet } from './dataset.ts';
import { phrase, word } from './words.ts';

// The same names come back in a ledger, some of them all the time.
const merchant = `floor(5000 * pow(${chance('n', 40)}, 2))`;

/** One big table of ordinary rows: a ledger of some 130 bytes a row. */
export const one: DataSet = {
  name: 'one',
  describes: 'one big table',
  async make(client, scale) {
    await client.query(`create table ledger (
      id bigint not null, account_id integer not null, booked_at timestamptz not null, kind text not null,
      amount numeric(12,2) not null, balance numeric(14,2) not null, currency char(3) not null,
      reference text, description text not null, settled boolean not null, weight double precision)`);
    const rows = Math.round(5_600_000 * scale);
    await client.query(`insert into ledger
      select n, 1 + floor(250000 * pow(${chance('n', 1)}, 2))::int, timestamptz '2021-01-01 00:00:00+00' + interval '31.7 seconds' * n
          + make_interval(secs => floor(30 * ${chance('n', 2)})),
        ${pickEarly(['card', 'transfer', 'direct debit', 'refund', 'fee', 'interest'], 'n', 3)},
        ((250000 * pow(${chance('n', 4)}, 3))::int / 100.0)::numeric(12,2), ((9000000 * pow(${chance('n', 5)}, 3))::int / 100.0)::numeric(14,2),
        ${pickEarly(['EUR', 'GBP', 'DKK', 'USD'], 'n', 6)},
        case when ${chance('n', 7)} < 0.2 then upper(substr(md5(n::text), 1, 10)) end,
        ${phrase(merchant, 10, 4)} || ' ' || ${word('n', 20)}, ${chance('n', 8)} < 0.93, case when ${chance('n', 9)} < 0.25 then ${between('n', 30, 1, 400)} / 4.0::float8 end
      from generate_series(1, ${rows}) as n`);
    await client.query('alter table ledger add primary key (id)');
    await client.query('create index on ledger (account_id, booked_at)');
  },
};
