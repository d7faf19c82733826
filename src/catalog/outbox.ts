import type { Notice } from '../contract/notice.ts';
import type { Topic } from '../contract/topics.ts';
import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Pool, Queryable } from '../postgres/pool.ts';
import { channelColumns, type ChannelRecord } from './channels.ts';
import type { EventRecord } from './events.ts';
import { jsonParameter } from './json.ts';

/** What there is to do for channels. Times are those of the database. */
export interface Due {
  /** Whether there is any channel that is enabled. */
  channels: boolean;
  /** In how many milliseconds it is looked next what they are to be told: 0 or less for now. */
  lookInMs: number;
  /** The same of the next message to be sent; null where none waits. */
  sendInMs: number | null;
}

/** An event that nobody has looked at for channels. */
export type UnnoticedEvent = Pick<EventRecord, 'id' | 'at' | 'type' | 'runId' | 'message'>;

/** A problem that a channel was told of and that was not over then. */
export interface ToldRecord {
  channelId: number;
  key: string;
  code: string;
  topic: Topic;
  /** Of the first message. */
  title: string;
  since: Date;
  toldAt: Date;
}

export interface WaitingMessage {
  id: number;
  messageId: string;
  createdAt: Date;
  attempts: number;
  message: Notice;
  ageMs: number;
}

/** The messages for channels that have not arrived, and what each channel was told of. */
export interface Outbox {
  due(): Promise<Due>;
  /**
   * Takes the look of now for this process, so that of many one looks.
   * @param ms after which it counts as dead
   * @returns the name of the claim; undefined where another process has it
   */
  claimLook(ms: number): Promise<string | undefined>;
  /** Those at which nobody has looked, oldest first. */
  unnoticed(limit: number): Promise<UnnoticedEvent[]>;
  /** @returns false where the claim has passed to another process: then nothing may be written */
  endLook(connection: Queryable, claim: string, nextInMs: number, seen: readonly number[]): Promise<boolean>;
  told(connection: Queryable): Promise<ToldRecord[]>;
  setTold(connection: Queryable, told: readonly ToldRecord[]): Promise<void>;
  forgetTold(connection: Queryable, told: readonly Pick<ToldRecord, 'channelId' | 'key'>[]): Promise<void>;
  /** @returns how many of the oldest had to go, so that no more than `limit` wait */
  add(connection: Queryable, channelId: number, messages: readonly Notice[], limit: number): Promise<number>;
  /**
   * The oldest message of a channel that is to be tried now, locked until the transaction ends: a process that is killed lets go of
   * it. No later one of the same channel is given out meanwhile.
   */
  take(connection: Queryable): Promise<{ waiting: WaitingMessage; channel: ChannelRecord } | undefined>;
  /** It has arrived, or is given up. */
  remove(connection: Queryable, id: number): Promise<void>;
  noteAttempt(connection: Queryable, id: number): Promise<void>;
  /** What is left of channels that are no more. */
  forgetRemoved(connection: Queryable): Promise<void>;
}

export function outbox(pool: Pool, schema: string): Outbox {
  const own = quoteIdentifier(schema);
  const table = `${own}.system_backup_outbox`;
  const told = `${own}.system_backup_notices`;
  const watch = `${own}.system_backup_watch`;
  const inMs = (time: string): string =>
    `(extract(epoch from ${time} - pg_catalog.clock_timestamp()) * 1000)::pg_catalog.float8`;
  return {
    async due() {
      const [row] = await pool.query<Due>(
        `select exists (select from ${own}.system_backup_channels where enabled) as channels,
           ${inMs(`greatest(w.claimed_until, case when exists (
               select from ${own}.backup_event_log where unnoticed and type not like '%.started')
             then pg_catalog.now() else w.next_look_at end)`)} as "lookInMs",
           (select ${inMs('pg_catalog.min(c.next_try_at)')} from ${own}.system_backup_channels c
             where c.enabled and exists (select from ${table} o where o.channel_id = c.id)) as "sendInMs"
          from ${watch} w`,
      );
      return row ?? { channels: false, lookInMs: Infinity, sendInMs: null };
    },
    async claimLook(ms) {
      const [row] = await pool.query<{ claim: string }>(
        `update ${watch} set claim = pg_catalog.gen_random_uuid(),
             claimed_until = pg_catalog.now() + pg_catalog.make_interval(secs => $1),
             next_look_at = pg_catalog.now() + pg_catalog.make_interval(secs => $1)
          where one in (select one from ${watch} where coalesce(claimed_until <= pg_catalog.now(), true) for update skip locked)
         returning claim`,
        [ms / 1_000],
      );
      return row?.claim;
    },
    unnoticed: (limit) =>
      pool.query<UnnoticedEvent>(
        `select id, at, type, run_id as "runId", message from ${own}.backup_event_log
          where unnoticed order by id limit $1`,
        [limit],
      ),
    async endLook(connection, claim, nextInMs, seen) {
      const ended = await connection.query(
        // What came while it was looked is looked at again: lookSoon has put the time of the next look before the end of the claim.
        `update ${watch} set claim = null, claimed_until = null,
             next_look_at = case when next_look_at < claimed_until then pg_catalog.now()
               else pg_catalog.now() + pg_catalog.make_interval(secs => $2) end
          where claim = $1 returning one`,
        [claim, nextInMs / 1_000],
      );
      if (ended.length === 0) return false;
      await connection.query(
        `update ${own}.backup_event_log set unnoticed = null where id = any ($1) and unnoticed`,
        [seen],
      );
      return true;
    },
    told: (connection) =>
      connection.query<ToldRecord>(
        `select channel_id as "channelId", key, code, topic, title, since, told_at as "toldAt" from ${told}`,
      ),
    async setTold(connection, records) {
      for (const { channelId, key, code, topic, title, since, toldAt } of records) {
        await connection.query(
          `insert into ${told} (channel_id, key, code, topic, title, since, told_at)
             values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (channel_id, key) do update set code = excluded.code, topic = excluded.topic,
               title = excluded.title, told_at = excluded.told_at`,
          [channelId, key, code, topic, title, since, toldAt],
        );
      }
    },
    async forgetTold(connection, records) {
      for (const { channelId, key } of records) {
        await connection.query(`delete from ${told} where channel_id = $1 and key = $2`, [channelId, key]);
      }
    },
    async add(connection, channelId, messages, limit) {
      for (const message of messages) {
        await connection.query(`insert into ${table} (channel_id, message) values ($1, $2)`, [
          channelId,
          jsonParameter(message),
        ]);
      }
      // One that is being sent just now stays.
      const given = await connection.query(
        `delete from ${table} where id in (select o.id from ${table} o where o.channel_id = $1 and o.id <=
             (select x.id from ${table} x where x.channel_id = $1 order by x.id desc offset $2 limit 1)
           for update skip locked) returning id`,
        [channelId, limit],
      );
      return given.length;
    },
    async take(connection) {
      const [row] = await connection.query<
        ChannelRecord & Omit<WaitingMessage, 'id' | 'createdAt'> & { waitingId: number; written: Date }
      >(
        `select o.id as "waitingId", o.message_id as "messageId", o.created_at as written, o.attempts, o.message,
           -${inMs('o.created_at')} as "ageMs", ${channelColumns}
           from ${table} o join ${own}.system_backup_channels c on c.id = o.channel_id
          where c.enabled and c.next_try_at <= pg_catalog.now()
            and o.id = (select pg_catalog.min(h.id) from ${table} h where h.channel_id = o.channel_id)
          order by o.id limit 1 for update of o skip locked`,
      );
      if (!row) return undefined;
      const { waitingId, messageId, written, attempts, message, ageMs, ...channel } = row;
      return { waiting: { id: waitingId, messageId, createdAt: written, attempts, message, ageMs }, channel };
    },
    async remove(connection, id) {
      await connection.query(`delete from ${table} where id = $1`, [id]);
    },
    async noteAttempt(connection, id) {
      await connection.query(`update ${table} set attempts = attempts + 1 where id = $1`, [id]);
    },
    async forgetRemoved(connection) {
      await connection.query(
        `delete from ${table} where id in (select o.id from ${table} o where not exists (
           select from ${own}.system_backup_channels c where c.id = o.channel_id) for update skip locked)`,
      );
    },
  };
}
