import { HoldfastError } from '../../base/errors.ts';
import { dumpFailure } from './failure.ts';
import { answerCollector, answerToTransactionControl, greeting } from './protocol.ts';
import type { PreparedClient } from '../wire/prepared-client.ts';

/** What a server reports at login. By server_version pg_dump knows what it may ask; libpq looks at others. */
const reportedParameters = [
  'server_version',
  'server_encoding',
  'client_encoding',
  'is_superuser',
  'session_authorization',
  'DateStyle',
  'IntervalStyle',
  'TimeZone',
  'integer_datetimes',
  'standard_conforming_strings',
  'default_transaction_read_only',
  'in_hot_standby',
];

/**
 * A connection that the driver has logged in, lent to a pg_dump: any server that the driver can reach and be
 * let in by, pg_dump can use, and no password leaves the driver.
 */
export interface ServerLink {
  /** What the server would have said itself between the startup packet and the first query. */
  greeting: Uint8Array;
  /** Sends whole messages of which the last one is answered by ReadyForQuery. */
  send(bytes: Uint8Array): void;
  /** An error for a pg_dump that failed with `text`, in the light of what the server said. */
  failure(text: string, cause?: unknown): HoldfastError;
  /** Gives the connection back to the driver. Every request must have been answered. */
  release(): void;
}

/** A connection for a pg_dump to use. */
export interface LentConnection {
  client: PreparedClient;
  /** Whether it has an open transaction, which pg_dump is to read in, and goes on after it. */
  inTransaction: boolean;
}

export interface LinkEvents {
  /** A complete answer, in memory of its own. */
  answer(bytes: Uint8Array<ArrayBuffer>): void;
  /** The connection broke, or the conversation went out of step. */
  broken(error: HoldfastError): void;
}

/**
 * Takes the connection over; until it is given back, the driver can do nothing with it but close it. A connection with
 * an open transaction stays in it: what pg_dump says about transactions is answered here.
 */
export async function linkToServer(
  { client, inTransaction }: LentConnection,
  events: LinkEvents,
): Promise<ServerLink> {
  const { rows } = await client.query<{ name: string; value: string | null }>(
    'select name, pg_catalog.current_setting(name, true) as value from pg_catalog.unnest($1::pg_catalog.text[]) as name',
    [reportedParameters],
  );
  const { stream } = client;
  const collector = answerCollector();
  let request = '';
  /** Ends the watch over the wait for an answer. */
  let heard = (): void => {};

  const failure = (text: string, cause?: unknown): HoldfastError =>
    dumpFailure(text, {
      fault: collector.fault,
      locking: request.includes('LOCK TABLE'),
      joining: request.includes('SET TRANSACTION SNAPSHOT'),
      cause,
    });

  const take = (bytes: Buffer): void => {
    try {
      if (!collector.add(bytes)) return;
      heard();
      events.answer(collector.take());
    } catch (error) {
      events.broken(failure((error as Error).message, error));
    }
  };
  let stalled: HoldfastError | undefined;
  const failed = (error: Error): void => {
    if (error instanceof HoldfastError) stalled = error;
  };
  const closed = (): void => {
    heard();
    if (stalled) return events.broken(stalled);
    const reason = collector.fault ? ` The server said: ${collector.fault.message}` : '';
    events.broken(
      new HoldfastError('DATABASE_UNREACHABLE', `The connection broke while pg_dump was reading.${reason}`),
    );
  };
  // The driver's parser must not see answers to what it did not ask.
  const driverListeners = stream.listeners('data') as ((bytes: Buffer) => void)[];
  stream.removeAllListeners('data');
  stream.on('data', take);
  stream.on('error', failed);
  stream.on('close', closed);

  return {
    greeting: greeting(rows.filter((row): row is { name: string; value: string } => row.value !== null)),
    send(bytes) {
      const answer = inTransaction ? answerToTransactionControl(bytes) : undefined;
      if (answer) return events.answer(answer);
      request = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 64)).toString('latin1');
      const answered = Promise.withResolvers<void>();
      heard = answered.resolve;
      void client.watched(answered.promise);
      stream.write(bytes);
    },
    failure,
    release() {
      stream.off('data', take);
      stream.off('error', failed);
      stream.off('close', closed);
      for (const listener of driverListeners) stream.on('data', listener);
    },
  };
}
