import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '../base/logger.ts';
import { redact } from '../base/redaction.ts';
import { takePresence } from '../catalog/presence.ts';
import { wakeupChannel } from '../catalog/wakeups.ts';
import { openClient, type ConnectionTarget } from '../postgres/connection.ts';
import { databaseFailure } from '../postgres/failure.ts';
import { quoteIdentifier } from '../postgres/identifiers.ts';

const firstRetryMs = 1_000;
const longestRetryMs = 60_000;
/** A server that does not answer is not waited for. */
const closeTimeoutMs = 2_000;

/** What hears of the changes of one catalog. */
export interface Listener {
  readonly schema: string;
  /** Called after each change, and once it is heard; must not throw. */
  tell(): void;
  /** Whether this process starts what is due there: see catalog/presence.ts. */
  isPresent(): boolean;
}

/**
 * One connection that listens for the changes of the catalogs of a database, however many there are. It is open only while there are
 * listeners. When it is lost it is opened again, and all are told to look, because what was said meanwhile is not repeated.
 */
export interface Listening {
  /** @returns a function that ends it */
  add(listener: Listener): () => void;
  /** Whether what is announced is heard now. */
  hears(listener: Listener): boolean;
  /** Shows the presence of a listener, where that has changed. What goes wrong ends the connection, and the next one shows it. */
  showPresence(listener: Listener): void;
  /** Resolves when the connection is closed; from then on nothing is told. */
  stop(): Promise<void>;
}

type Connection = Awaited<ReturnType<typeof openClient>>;

export function createListening(target: ConnectionTarget, logger: Logger): Listening {
  const listeners = new Set<Listener>();
  // By the connection on which: one that ends may still be there when the next one has begun.
  const heard = new WeakMap<Listener, Connection>();
  const present = new WeakMap<Listener, Connection>();
  let connection: Connection | undefined;
  let wanted: AbortController | undefined;
  let listening: Promise<void> = Promise.resolve();
  let stopped = false;
  let asked: Promise<void> = Promise.resolve();

  const channelOf = ({ schema }: Listener): string => wakeupChannel(schema);

  /** One statement after the other: the connection is asked from several places. */
  function ask(client: Connection, statement: string | ReturnType<typeof takePresence>): Promise<void> {
    const answered = asked.then(async () => void (await client.query(statement)));
    asked = answered.catch(() => {});
    return answered;
  }

  async function takePlace(client: Connection, listener: Listener): Promise<void> {
    await ask(client, `listen ${quoteIdentifier(channelOf(listener))}`);
    await takePresenceOf(client, listener);
    if (client !== connection || !listeners.has(listener)) return;
    heard.set(listener, client);
    // What happened before it listened was told to nobody.
    listener.tell();
  }

  async function takePresenceOf(client: Connection, listener: Listener): Promise<void> {
    if (!listener.isPresent() || present.get(listener) === client) return;
    present.set(listener, client);
    await ask(client, takePresence(listener.schema));
  }

  async function keepListening(signal: AbortSignal): Promise<void> {
    let retryMs = firstRetryMs;
    while (!signal.aborted) {
      try {
        await listenOnce(signal, () => (retryMs = firstRetryMs));
      } catch (error) {
        logger.log('debug', `no notifications at the moment: ${redact(databaseFailure(error).message)}`);
      }
      await pause(retryMs, undefined, { ref: false, signal }).catch(() => {});
      retryMs = Math.min(retryMs * 2, longestRetryMs);
    }
  }

  /** Listens until the connection is lost or no longer wanted. */
  async function listenOnce(signal: AbortSignal, onBegun: () => void): Promise<void> {
    const client = await openClient(target, { applicationName: 'holdfast listen' });
    const ended = new Promise<void>((resolve) => {
      client.once('end', resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    client.on('notification', ({ channel }) => {
      for (const listener of listeners) if (channelOf(listener) === channel) listener.tell();
    });
    try {
      connection = client;
      for (const listener of listeners) await takePlace(client, listener);
      onBegun();
      (client as unknown as Referenced).unref();
      if (!signal.aborted) await ended;
    } finally {
      if (connection === client) connection = undefined;
      // Its waiters must not be removed before.
      (client as unknown as Referenced).ref();
      const limit = pause(closeTimeoutMs, undefined, { ref: false });
      await Promise.race([client.end().catch(() => {}), limit]);
    }
  }

  function remove(listener: Listener): void {
    if (!listeners.delete(listener)) return;
    heard.delete(listener);
    if (listeners.size === 0) {
      wanted?.abort();
      wanted = undefined;
      // Who comes next gets one that stays.
      connection = undefined;
    } else {
      if (connection) ask(connection, `unlisten ${quoteIdentifier(channelOf(listener))}`).catch(() => {});
    }
  }

  return {
    hears: (listener) => connection !== undefined && heard.get(listener) === connection,
    add(listener) {
      listeners.add(listener);
      if (connection) {
        takePlace(connection, listener).catch(() => {});
      } else if (!wanted && !stopped) {
        wanted = new AbortController();
        listening = keepListening(wanted.signal);
      }
      return () => remove(listener);
    },
    showPresence(listener) {
      if (connection && listeners.has(listener)) takePresenceOf(connection, listener).catch(() => {});
    },
    async stop() {
      stopped = true;
      listeners.clear();
      wanted?.abort();
      wanted = undefined;
      await listening;
    },
  };
}

/** Whether a connection keeps the process alive. The driver has these, and its type declarations leave them out. */
interface Referenced {
  ref(): void;
  unref(): void;
}
