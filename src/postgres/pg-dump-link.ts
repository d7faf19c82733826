import type pg from 'pg';
import { HoldfastError } from '../base/errors.ts';
import { driverStream } from './pg-dump-connection.ts';
import { dumpFailure } from './pg-dump-failure.ts';
import { answerCollector, greeting } from './pg-dump-protocol.ts';

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
 * A connection that the driver has logged in, lent to a pg_dump: whatever the driver can reach and be
 * let in by, pg_dump can use, and no password leaves the driver.
 */
export interface ServerLink {
  /** What the server would have said itself between the startup packet and the first query. */
  greeting: Uint8Array;
  /** Sends whole messages of which the last one is answered by ReadyForQuery. */
  send(request: Uint8Array): void;
  /** An error for a pg_dump that failed with `text`, in the light of what the server said. */
  failure(text: string, cause?: unknown): HoldfastError;
}

export interface LinkEvents {
  /** A complete answer, in memory of its own. */
  answer(bytes: Uint8Array<ArrayBuffer>): void;
  /** The connection broke, or the conversation went out of step. */
  broken(error: HoldfastError): void;
}

/** Takes the connection over. The driver can do nothing more with it than close it. */
export async function linkToServer(client: pg.Client, events: LinkEvents): Promise<ServerLink> {
  const { rows } = await client.query<{ name: string; value: string | null }>(
    'select name, pg_catalog.current_setting(name, true) as value from pg_catalog.unnest($1::text[]) as name',
    [reportedParameters],
  );
  const stream = driverStream(client);
  const collector = answerCollector();
  let locking = false;

  const failure = (text: string, cause?: unknown): HoldfastError =>
    dumpFailure(text, { fault: collector.fault, locking, cause });

  // The driver's parser must not see answers to what it did not ask.
  stream.removeAllListeners('data');
  stream.on('data', (bytes: Buffer) => {
    try {
      if (collector.add(bytes)) events.answer(collector.take());
    } catch (error) {
      events.broken(failure((error as Error).message, error));
    }
  });
  stream.on('close', () => {
    const reason = collector.fault ? ` The server said: ${collector.fault.message}` : '';
    events.broken(
      new HoldfastError('DATABASE_UNREACHABLE', `The connection broke while pg_dump was reading.${reason}`),
    );
  });

  return {
    greeting: greeting(rows.filter((row): row is { name: string; value: string } => row.value !== null)),
    send(request) {
      locking = Buffer.from(request.buffer, request.byteOffset, Math.min(request.length, 64)).includes(
        'LOCK TABLE',
      );
      stream.write(request);
    },
    failure,
  };
}
