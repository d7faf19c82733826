import { between, chance } from '../../src/cli/sample-shop/chance.ts';
import type { DataSet } from './dataset.ts';
import { phrase } from './words.ts';

/**
 * Documents of some 15 kB, most of it in TOAST: prose, JSON and pictures. They are put together from pools of
 * pieces much larger than zstd's window, which is quicker than making every word and compresses the same.
 */
export const wide: DataSet = {
  name: 'wide',
  describes: 'wide rows in TOAST',
  async make(client, scale) {
    const paragraphs = 30_000;
    const entries = 24_000;
    const tiles = 10_000;
    await client.query(`create temporary table paragraphs as
      select n as id, (select string_agg(initcap(${phrase('n * 32 + part', 1, 1)}) || ' ' || ${phrase('n * 32 + part', 2, 9)}, '. ')
        from generate_series(1, 8) as part) || '.' as body
      from generate_series(1, ${paragraphs}) as n`);
    await client.query(`create temporary table entries as
      select n as id, jsonb_build_object('sku', upper(substr(md5(n::text), 1, 9)), 'title', ${phrase('n', 20, 4)},
        'quantity', ${between('n', 24, 1, 12)}, 'price', ${between('n', 25, 100, 99_999)} / 100.0,
        'options', jsonb_build_object('colour', ${phrase('n', 26, 1)}, 'size', ${between('n', 27, 20, 60)}, 'gift', ${chance('n', 28)} < 0.2),
        'note', ${phrase('n', 30, 9)}) as entry
      from generate_series(1, ${entries}) as n`);
    await client.query(`create temporary table tiles as
      select n as id, (select string_agg(sha512((n * 16 + part)::text::bytea), ''::bytea) from generate_series(1, 16) as part) as tile
      from generate_series(1, ${tiles}) as n`);
    for (const pool of ['paragraphs', 'entries', 'tiles']) {
      await client.query(`alter table ${pool} add primary key (id)`);
      await client.query(`vacuum analyze ${pool}`);
    }
    await client.query(`create table documents (
      id bigint primary key, title text not null, body text not null, contents jsonb not null, picture bytea,
      changed_at timestamptz not null)`);
    await client.query(`insert into documents
      select n, initcap(${phrase('n', 40, 3)}),
        (select string_agg(body, E'\\n\\n' order by part) from generate_series(1, ${between('n', 50, 2, 26)}) as part
          join paragraphs on id = ${between('n * 32 + part', 51, 1, paragraphs)}),
        (select jsonb_build_object('revision', ${between('n', 52, 1, 40)}, 'entries', jsonb_agg(entry order by part))
          from generate_series(1, ${between('n', 53, 1, 44)}) as part
          join entries on id = ${between('n * 64 + part', 54, 1, entries)}),
        case when ${chance('n', 55)} < 0.5 then
          (select string_agg(tile, ''::bytea order by part) from generate_series(1, ${between('n', 56, 1, 3)}) as part
            join tiles on id = ${between('n * 16 + part', 57, 1, tiles)}) end,
        timestamptz '2024-01-01 00:00:00+00' + interval '7 minutes' * n
      from generate_series(1, ${Math.round(41_000 * scale)}) as n`);
    await client.query('drop table paragraphs, entries, tiles');
    await client.query('create index on documents (changed_at)');
  },
};
