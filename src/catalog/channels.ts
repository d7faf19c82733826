import type { ChannelKind } from '../contract/channel-kinds.ts';
import type { DeliveryOutcome } from '../contract/channel.ts';
import type { Topic } from '../contract/topics.ts';
import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Pool, Queryable } from '../postgres/pool.ts';
import { jsonParameter } from './json.ts';
import { lookSoon } from './wakeups.ts';

/** How a channel is reached, and what it is told of. */
export interface ChannelSettings {
  name: string;
  kind: ChannelKind;
  /** With its secrets. */
  url: string;
  /** Of a webhook. */
  secret: string | null;
  topics: Topic[];
  repeatHours: number;
  recovery: boolean;
  enabled: boolean;
}

/** A row of `system_backup_channels`. */
export interface ChannelRecord extends ChannelSettings {
  id: number;
  createdAt: Date;
  createdBy: string;
  nextTryAt: Date;
  /** Attempts that failed since the last one that did not. */
  failures: number;
  failingSince: Date | null;
  lastProblem: DeliveryOutcome | null;
  lastSentAt: Date | null;
  /** Messages and calls that it has taken. */
  sent: number;
  /** Attempts that failed. */
  failed: number;
  givenUp: number;
  lastGivenUpAt: Date | null;
}

/** With what waits for it. */
export interface ListedChannel extends ChannelRecord {
  waiting: number;
  /** Of the oldest message; null where none waits. */
  oldestWaitingSeconds: number | null;
}

export interface FailingChannel extends Pick<
  ListedChannel,
  'name' | 'kind' | 'failingSince' | 'lastProblem' | 'waiting' | 'givenUp' | 'lastGivenUpAt'
> {}

export interface Channels {
  /** What events there were before the first one is nothing new for it. @returns 'name' where there is one of that name, 'limit' where that is reached */
  add(
    settings: ChannelSettings & { createdBy: string },
    limit: number,
  ): Promise<ListedChannel | 'name' | 'limit'>;
  /** By name. */
  list(): Promise<ListedChannel[]>;
  get(id: number): Promise<ListedChannel | undefined>;
  /** What waits is tried again at once. */
  change(
    id: number,
    changes: Partial<Omit<ChannelSettings, 'name' | 'kind'>>,
  ): Promise<ListedChannel | undefined>;
  /** With what waits for it. */
  remove(id: number): Promise<ListedChannel | undefined>;
  /** Those that failed several times in a row, or have given messages up within the last days. */
  failing(): Promise<FailingChannel[]>;
  /** Notes what came of an attempt. @param pauseMs how long nothing more is tried after a failure */
  noteAttempt(connection: Queryable, id: number, outcome: DeliveryOutcome, pauseMs: number): Promise<void>;
  noteGivenUp(connection: Queryable, id: number, messages: number): Promise<void>;
}

/** This number of attempts in a row is no accident. */
const failingFrom = 3;
const givenUpShownDays = 7;

/** SQL of a channel's columns, for other repositories too. `c` is its row. */
export const channelColumns = `c.id, c.name, c.kind, c.url, c.secret, c.topics, c.repeat_hours as "repeatHours", c.recovery, c.enabled,
  c.created_at as "createdAt", c.created_by as "createdBy", c.next_try_at as "nextTryAt", c.failures,
  c.failing_since as "failingSince", c.last_problem as "lastProblem", c.last_sent_at as "lastSentAt",
  c.sent, c.failed, c.given_up as "givenUp", c.last_given_up_at as "lastGivenUpAt"`;

/** SQL names of what may be changed. */
const changeable = {
  url: 'url',
  secret: 'secret',
  topics: 'topics',
  repeatHours: 'repeat_hours',
  recovery: 'recovery',
  enabled: 'enabled',
} as const;

export function channels(pool: Pool, schema: string): Channels {
  const own = quoteIdentifier(schema);
  const table = `${own}.system_backup_channels`;
  const waiting = `w.waiting, w."oldestWaitingSeconds"`;
  const withWaiting = `${table} c, lateral (select pg_catalog.count(*) as waiting,
      extract(epoch from pg_catalog.clock_timestamp() - pg_catalog.min(o.created_at))::pg_catalog.float8 as "oldestWaitingSeconds"
    from ${own}.system_backup_outbox o where o.channel_id = c.id) w`;
  const one = async (connection: Queryable, id: number): Promise<ListedChannel | undefined> => {
    const [row] = await connection.query<ListedChannel>(
      `select ${channelColumns}, ${waiting} from ${withWaiting} where c.id = $1`,
      [id],
    );
    return row;
  };
  return {
    add: ({ name, kind, url, secret, topics, repeatHours, recovery, enabled, createdBy }, limit) =>
      pool.transaction(async (connection) => {
        // Conflicts with itself and lets readers read.
        await connection.query(`lock table ${table} in share row exclusive mode`);
        const [known] = await connection.query<{ all: number; named: boolean }>(
          `select pg_catalog.count(*) as all, coalesce(pg_catalog.bool_or(name = $1), false) as named from ${table}`,
          [name],
        );
        if (known!.named) return 'name';
        if (known!.all >= limit) return 'limit';
        if (known!.all === 0) {
          await connection.query(`update ${own}.backup_event_log set unnoticed = null where unnoticed`);
        }
        const [row] = await connection.query<{ id: number }>(
          `insert into ${table} (name, kind, url, secret, topics, repeat_hours, recovery, enabled, created_by)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id`,
          [name, kind, url, secret, topics, repeatHours, recovery, enabled, createdBy],
        );
        await lookSoon(connection, schema);
        return (await one(connection, row!.id))!;
      }),
    list: () =>
      pool.query<ListedChannel>(`select ${channelColumns}, ${waiting} from ${withWaiting} order by c.name`),
    get: (id) => one(pool, id),
    change: (id, changes) =>
      pool.transaction(async (connection) => {
        const given = Object.entries(changes).filter(([, value]) => value !== undefined) as [
          keyof typeof changeable,
          unknown,
        ][];
        await connection.query(
          `update ${table} set ${given.map(([field], i) => `${changeable[field]} = $${i + 2}, `).join('')}
             next_try_at = pg_catalog.now() where id = $1`,
          [id, ...given.map(([, value]) => value)],
        );
        await lookSoon(connection, schema);
        return one(connection, id);
      }),
    remove: (id) =>
      pool.transaction(async (connection) => {
        const row = await one(connection, id);
        await connection.query(`delete from ${table} where id = $1`, [id]);
        await connection.query(`delete from ${own}.system_backup_notices where channel_id = $1`, [id]);
        // One that is being sent is deleted when that has ended.
        await connection.query(
          `delete from ${own}.system_backup_outbox where id in
             (select id from ${own}.system_backup_outbox where channel_id = $1 for update skip locked)`,
          [id],
        );
        return row;
      }),
    failing: () =>
      pool.query<FailingChannel>(
        `select ${channelColumns}, ${waiting} from ${withWaiting}
          where c.enabled and (c.failures >= ${failingFrom}
            or c.last_given_up_at > pg_catalog.now() - pg_catalog.make_interval(days => ${givenUpShownDays}))
          order by c.name`,
      ),
    async noteAttempt(connection, id, outcome, pauseMs) {
      await connection.query(
        outcome.problem === null
          ? `update ${table} set failures = 0, failing_since = null, last_problem = null, sent = sent + 1,
               last_sent_at = pg_catalog.now(),
               next_try_at = pg_catalog.now() where id = $1`
          : `update ${table} set failures = failures + 1, failed = failed + 1, failing_since = coalesce(failing_since, pg_catalog.now()),
               last_problem = $2, next_try_at = pg_catalog.now() + pg_catalog.make_interval(secs => $3) where id = $1`,
        outcome.problem === null ? [id] : [id, jsonParameter(outcome), pauseMs / 1_000],
      );
    },
    async noteGivenUp(connection, id, messages) {
      await connection.query(
        `update ${table} set given_up = given_up + $2, last_given_up_at = pg_catalog.now() where id = $1`,
        [id, messages],
      );
    },
  };
}
