import type { DataSet } from './dataset.ts';
import { one } from './one.ts';
import { phrase } from './words.ts';
import { wide } from './wide.ts';

/**
 * Some 5.4 GB as COPY text at scale 1: the ledger six times over and the documents three times, each time under
 * other keys, so that no two parts of it are the same.
 */
export const large: DataSet = {
  name: 'large',
  describes: 'a large database',
  async make(client, scale) {
    await one.make(client, scale);
    await client.query(`create table big_ledger as
      select copy.n * (select max(id) from ledger) + id as id, account_id + copy.n as account_id,
        booked_at + interval '4 years' * copy.n as booked_at, kind, amount + copy.n as amount, balance, currency, reference,
        description, settled, weight
      from generate_series(0, 5) as copy (n) cross join ledger`);
    await client.query('drop table ledger');
    await client.query('alter table big_ledger rename to ledger');
    await client.query('alter table ledger add primary key (id)');
    await wide.make(client, scale);
    await client.query(`insert into documents
      select copy.n * 100000000 + id, title, copy.n || body, contents || jsonb_build_object('copy', copy.n), picture, changed_at
      from generate_series(1, 2) as copy (n) cross join documents`);
  },
};

/** Single values of 300 MB at scale 1: a text that TOAST compresses, and bytes that COPY doubles. */
export const values: DataSet = {
  name: 'values',
  describes: 'single values of 300 MB',
  async make(client, scale) {
    // A tenth of a value, ten times: the repeats are further apart than any compressor here looks back.
    const lines = Math.round(360_000 * scale);
    const blocks = Math.round(470_000 * scale);
    await client.query(
      `create table attachments (id integer primary key, name text not null, body text, content bytea)`,
    );
    await client.query(`alter table attachments alter content set storage external`);
    await client.query(`insert into attachments
      select n, ${phrase('n', 1, 3)}, ${phrase('n', 10, 12)}, sha256(n::text::bytea) from generate_series(1, 2000) as n`);
    for (const id of [2001, 2002]) {
      await client.query(`insert into attachments (id, name, body)
        select ${id}, 'novel', repeat(string_agg(${phrase(`n * 8 + ${id}`, 20, 16)}, E'\\n'), 10) from generate_series(1, ${lines}) as n`);
    }
    for (const id of [2003, 2004]) {
      await client.query(`insert into attachments (id, name, content)
        select ${id}, 'film', string_agg(part, ''::bytea) from generate_series(1, 10),
          (select string_agg(sha512((n * 8 + ${id})::text::bytea), ''::bytea) as part from generate_series(1, ${blocks}) as n) as parts`);
    }
  },
};
