import { inTurn } from '../../support/servers.ts';
import { test } from 'node:test';
import { drizzle } from './drizzle.ts';
import { replay } from './replay.ts';

const user = (n: number): string =>
  `insert into users (email, name) values ('user${n}@example.org', 'Name ${n}');`;

const first = `
  insert into users (email, display_name, created_at)
    select 'person' || n || '@example.org', case when n % 4 > 0 then 'Person ' || n end, timestamp '2025-03-30 00:10:00' + n * interval '5 hours'
    from generate_series(1, 30) n;
  insert into posts (author_id, body, views, draft)
    select 1 + n % 30, E'  Post\\t' || n || case when n % 2 = 0 then '  ' else '' end, (n * 3)::text, n % 6 = 0 from generate_series(1, 80) n;
  insert into events (happened_on, kind, amount)
    select date '2024-11-01' + n * 5, case when n % 2 = 0 then 'visit' else 'sale' end, nullif(n % 5, 0) * 1.75 from generate_series(1, 100) n;`;

test(
  'a history of Drizzle: back to before each migration, and rows of before into after it',
  inTurn(1, 2),
  async (t) => {
    await replay(t, drizzle, {
      '0000_quiet_harbour': { rows: first },
      '0001_brave_locale': {
        rows: `update users set locale = 'de', last_seen = '2025-02-01 12:00:00+01' where id % 3 = 0;`,
        adapted: ['public.users'],
      },
      '0002_public_plan': {
        rows: `update users set plan = 'pro' where id % 4 = 0;`,
        adapted: ['public.users'],
      },
      '0003_short_name': {
        rows: user(101),
        wishes: { renames: { users: { display_name: 'name' } } },
        adapted: ['public.users'],
      },
      '0004_team_plan': { rows: `update users set plan = 'team' where id % 10 = 0;` },
      '0005_long_email': {
        rows: `insert into users (email, name) values (repeat('x', 200) || '@example.org', null);`,
        adapted: ['public.users'],
      },
      '0006_tagged_posts': {
        rows: `insert into tags (label) select 'tag ' || n from generate_series(1, 6) n;
        insert into post_tags select p.id, t.id from posts p, tags t where (p.id + length(t.label) + ascii(right(t.label, 1))) % 4 = 0;`,
      },
      '0007_name_needed': {
        rows: user(102),
        wishes: { fill: { users: { name: 'Guest' } } },
        adapted: ['public.users'],
      },
      '0008_counted_views': {
        rows: `update posts set views = views + 1 where id % 2 = 0;`,
        refused: /public\.posts: column "views": .*text.*integer/,
      },
      '0009_indexed_posts': { rows: user(103) },
      '0010_trimmed_bodies': { rows: `insert into posts (author_id, body) values (1, ' Late ');` },
      '0011_post_length': { rows: user(104), adapted: ['public.posts'] },
      '0012_basic_plan': {
        rows: user(105),
        wishes: { values: { users: { plan: { free: 'basic' } } } },
        adapted: ['public.users'],
      },
      '0013_finer_amounts': {
        rows: `insert into events (happened_on, kind, amount) values ('2026-05-01', 'sale', 0.1234);`,
        adapted: ['public.events'],
      },
      '0014_monthly_events': {
        rows: `insert into events (happened_on, kind) values ('2025-12-31', 'visit'), ('2031-01-01', 'visit');`,
        adapted: ['public.events'],
      },
      '0015_published_state': {
        rows: user(106),
        wishes: { dropColumns: { posts: ['draft'] } },
        refused: /public\.posts: column "state" is new/,
      },
      // The number goes on after the rows of the backup, not where the migration had it begin.
      '0016_own_identity': { rows: user(107), sequencesThen: ['public.users_id_seq'] },
      '0017_zoned_times': {
        rows: user(108),
        wishes: { timestampZone: 'Europe/Berlin' },
        adapted: ['public.users'],
      },
      '0018_own_rows': { rows: `insert into posts (author_id, body, state) values (2, 'Own', 'draft');` },
      '0019_post_uuid': {
        rows: user(109),
        refused: /public\.posts: column "id": .*integer.*uuid/,
        random: ['public.posts', 'public.post_tags'],
      },
      '0020_no_tags': { rows: user(110) },
    });
  },
);
