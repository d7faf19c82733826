import { setTimeout as pause } from 'node:timers/promises';
import { redact } from '../base/redaction.ts';
import { takePresence } from '../catalog/presence.ts';
import { wakeupChannel } from '../catalog/wakeups.ts';
import { openClient } from '../postgres/connection.ts';
import { databaseFailure } from '../postgres/failure.ts';
import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { RunContext } from './context.ts';

/** A burst of notifications is one reason to look. */
const gatherMs = 100;
const firstRetryMs = 1_000;
const longestRetryMs = 60_000;
/** A server that does not answer is not waited for. */
const closeTimeoutMs = 2_000;

/**
 * Tells when something of the catalog has changed in any process: one connection that listens, however many ask. It
 * is open only while there are waiters. When it is lost it is opened again, and waiters are told to look, because
 * what was said meanwhile is not repeated. Nothing relies on it alone: the queue is looked at now and then besides.
 */
export interface Wakeups {
  /**
   * @param listener called after each change, and once the connection is there; must not throw
   * @returns a function that ends it
   */
  listen(listener: () => void): () => void;
  /** Whether what other processes announce is heard now. */
  readonly heard: boolean;
  /** Tells those of this process alone. */
  wake(): void;
  /** Resolves when the connection is closed; from then on nothing is told. */
  stop(): Promise<void>;
}

export function createWakeups(context: RunContext): Wakeups {
  const listeners = new Set<() => void>();
  let connection: Awaited<ReturnType<typeof openClient>> | undefined;
  let wanted: AbortController | undefined;
  let listening: Promise<void> = Promise.resolve();
  let gathering: NodeJS.Timeout | undefined;
  // Where nothing may be asked of a database that sleeps, no connection may keep it awake.
  const mayConnect = context.settings.idlePollMs !== null;

  const tell = (): void => {
    gathering ??= setTimeout(() => {
      gathering = undefined;
      for (const listener of listeners) listener();
    }, gatherMs).unref();
  };

  /** See catalog/presence.ts. */
  async function showPresence(): Promise<void> {
    if (context.listening) await connection?.query(takePresence(context.catalog.schema));
  }

  async function keepListening(signal: AbortSignal): Promise<void> {
    let retryMs = firstRetryMs;
    while (!signal.aborted) {
      try {
        await listenOnce(signal, () => (retryMs = firstRetryMs));
      } catch (error) {
        context.logger.log(
          'debug',
          `no notifications at the moment: ${redact(databaseFailure(error).message)}`,
        );
      }
      await pause(retryMs, undefined, { ref: false, signal }).catch(() => {});
      retryMs = Math.min(retryMs * 2, longestRetryMs);
    }
  }

  /** Listens until the connection is lost or no longer wanted. */
  async function listenOnce(signal: AbortSignal, onBegun: () => void): Promise<void> {
    const client = await openClient(context.databases.catalog, { applicationName: 'holdfast listen' });
    const ended = new Promise<void>((resolve) => {
      client.once('end', resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    client.on('notification', tell);
    try {
      await client.query(`listen ${quoteIdentifier(wakeupChannel(context.catalog.schema))}`);
      connection = client;
      await showPresence();
      onBegun();
      // What happened before it listened was told to nobody.
      tell();
      (client as unknown as Referenced).unref();
      if (!signal.aborted) await ended;
    } finally {
      connection = undefined;
      // Its waiters must not be removed before.
      (client as unknown as Referenced).ref();
      const limit = pause(closeTimeoutMs, undefined, { ref: false });
      await Promise.race([client.end().catch(() => {}), limit]);
    }
  }

  return {
    get heard() {
      return connection !== undefined;
    },
    wake: tell,
    listen(listener) {
      listeners.add(listener);
      if (!wanted && mayConnect && !context.stopping.aborted) {
        wanted = new AbortController();
        listening = keepListening(wanted.signal);
      }
      // What goes wrong ends the connection, and the next one shows it.
      showPresence().catch(() => {});
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        wanted?.abort();
        wanted = undefined;
      };
    },
    async stop() {
      listeners.clear();
      clearTimeout(gathering);
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
