import { channelKinds } from '../../contract/channel-kinds.ts';
import type { TableChange } from '../../postgres/table-change.ts';
import { oneOf } from './one-of.ts';

export const channels: TableChange = {
  version: 35,
  name: 'channels and the messages for them',
  columns: {
    backup_event_log: ['unnoticed boolean'],
    system_backup_channels: [
      'id bigint',
      'name text',
      'kind text',
      'url text',
      'secret text',
      'topics text[]',
      'repeat_hours real',
      'recovery boolean',
      'enabled boolean',
      'created_at timestamp with time zone',
      'created_by text',
      'next_try_at timestamp with time zone',
      'failures integer',
      'failing_since timestamp with time zone',
      'last_problem jsonb',
      'last_sent_at timestamp with time zone',
      'given_up bigint',
      'last_given_up_at timestamp with time zone',
    ],
    system_backup_notices: [
      'channel_id bigint',
      'key text',
      'code text',
      'topic text',
      'title text',
      'since timestamp with time zone',
      'told_at timestamp with time zone',
    ],
    system_backup_outbox: [
      'id bigint',
      'message_id uuid',
      'channel_id bigint',
      'created_at timestamp with time zone',
      'attempts integer',
      'message jsonb',
    ],
    system_backup_watch: [
      'one boolean',
      'next_look_at timestamp with time zone',
      'claim uuid',
      'claimed_until timestamp with time zone',
    ],
  },
  sql: (schema) => `
-- What was there before is nothing new: null. An event of a transaction is there for channels as soon as it is there at all.
alter table ${schema}.backup_event_log add column if not exists unnoticed boolean;
alter table ${schema}.backup_event_log alter column unnoticed set default true;
create index if not exists backup_event_log_unnoticed on ${schema}.backup_event_log (id) where unnoticed;
comment on column ${schema}.backup_event_log.unnoticed is
  'Holdfast: true until a process has looked what channels are to be told because of it.';

create table if not exists ${schema}.system_backup_channels (
  id bigint generated always as identity primary key,
  name text not null unique,
  kind text not null check (kind in (${oneOf(channelKinds)})),
  url text not null,
  secret text,
  topics text[] not null,
  repeat_hours real not null check (repeat_hours >= 0),
  recovery boolean not null,
  enabled boolean not null,
  created_at timestamptz not null default pg_catalog.now(),
  created_by text not null,
  next_try_at timestamptz not null default pg_catalog.now(),
  failures integer not null default 0,
  failing_since timestamptz,
  last_problem jsonb,
  last_sent_at timestamptz,
  given_up bigint not null default 0,
  last_given_up_at timestamptz
);
comment on table ${schema}.system_backup_channels is
  'Holdfast: where people are told when backups are not well. url and secret are secret.';

create table if not exists ${schema}.system_backup_notices (
  channel_id bigint not null,
  key text not null,
  code text not null,
  topic text not null,
  title text not null,
  since timestamptz not null,
  told_at timestamptz not null,
  primary key (channel_id, key)
);
comment on table ${schema}.system_backup_notices is
  'Holdfast: which problems each channel was told of that are not over.';

-- No foreign key: a channel is removed also while a message to it is under way.
create table if not exists ${schema}.system_backup_outbox (
  id bigint generated always as identity primary key,
  message_id uuid not null default pg_catalog.gen_random_uuid(),
  channel_id bigint not null,
  created_at timestamptz not null default pg_catalog.now(),
  attempts integer not null default 0,
  message jsonb not null
);
create index if not exists system_backup_outbox_channel on ${schema}.system_backup_outbox (channel_id, id);
comment on table ${schema}.system_backup_outbox is
  'Holdfast: messages that have not arrived yet. A row goes when its receiver has taken it.';

create table if not exists ${schema}.system_backup_watch (
  one boolean primary key default true check (one),
  next_look_at timestamptz not null default pg_catalog.now(),
  -- Of the process that looks now.
  claim uuid,
  claimed_until timestamptz
);
insert into ${schema}.system_backup_watch default values on conflict do nothing;
comment on table ${schema}.system_backup_watch is
  'Holdfast: when it is looked next what channels are to be told. One row.';
`,
};
