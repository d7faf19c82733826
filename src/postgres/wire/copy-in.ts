import type { Socket } from 'node:net';
import { QuietQuery, submit, type DriverConnection } from './driver.ts';
import type { PreparedClient } from './prepared-client.ts';

/** A CopyData message may be larger, but a bound keeps what the server must hold at once small. */
const messageBytes = 8 * 1024 * 1024;

/**
 * COPY FROM STDIN with one CopyData message per piece: the pieces may be cut at any byte.
 * A piece is of no more use to the socket when the next one is asked for.
 */
export async function copyInto(
  client: PreparedClient,
  statement: string,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<number> {
  const copy = new CopyInQuery(statement);
  submit(client, copy);
  const failure = copy.finished.then(
    () => undefined,
    (error: unknown) => error,
  );
  const failed = failure.then(() => false as const);
  const ready = await client.watched(Promise.race([copy.ready.then(() => true), failed]));
  if (!ready) throw await failure;
  const source = iteratorOf(pieces);
  let sent = true;
  try {
    for (;;) {
      // The source of the pieces may wait for a long time, and is not waited for once they are not needed.
      const next = await Promise.race([source.next(), failed]);
      if (next === false || next.done === true) {
        sent = next !== false;
        break;
      }
      for (let at = 0; at < next.value.length && sent; at += messageBytes) {
        sent = await client.watched(send(client.stream, next.value.subarray(at, at + messageBytes), failed));
      }
      // The socket may still hold this piece, so it must not be given back by asking for the next.
      if (!sent) break;
    }
  } catch (error) {
    // The source of the pieces failed: the server must not take what came so far for the whole.
    copy.connection?.sendCopyFail('the data could not be read');
    await client.watched(failure);
    throw error;
  }
  if (sent) copy.connection?.endCopyFrom();
  // It may be in the middle of the next piece.
  else void Promise.resolve(source.return?.()).catch(() => {});
  return client.watched(copy.finished);
}

function iteratorOf(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncIterator<Uint8Array> | Iterator<Uint8Array> {
  return Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]();
}

/** @returns whether the socket is done with `body`; false when the COPY has failed meanwhile */
async function send(stream: Socket, body: Uint8Array, failed: Promise<false>): Promise<boolean> {
  const header = Buffer.allocUnsafe(5);
  header.write('d', 0, 'latin1');
  header.writeInt32BE(body.length + 4, 1);
  stream.cork();
  stream.write(header);
  const written = new Promise<boolean>((resolve) => stream.write(body, (error) => resolve(!error)));
  stream.uncork();
  // A server that has failed reads no more.
  return Promise.race([written, failed]);
}

/** A query in the driver's sense that stops at CopyInResponse and leaves the data to its caller. */
class CopyInQuery extends QuietQuery {
  readonly ready: Promise<void>;
  readonly finished: Promise<number>;
  connection: DriverConnection | undefined;
  readonly #statement: string;
  #setReady!: () => void;
  #resolve!: (rows: number) => void;
  #reject!: (error: unknown) => void;
  #rows = 0;
  #error: unknown;

  constructor(statement: string) {
    super();
    this.#statement = statement;
    this.ready = new Promise((resolve) => (this.#setReady = resolve));
    this.finished = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.finished.catch(() => {});
  }

  submit(connection: DriverConnection): void {
    this.connection = connection;
    connection.query(this.#statement);
  }

  override handleCopyInResponse(): void {
    this.#setReady();
  }

  override handleCommandComplete(message: { text: string }): void {
    if (message.text.startsWith('COPY ')) this.#rows = Number(message.text.slice(5));
  }

  handleError(error: unknown): void {
    this.#error = error;
    this.#reject(error);
  }

  handleReadyForQuery(): void {
    if (this.#error === undefined) this.#resolve(this.#rows);
  }
}
