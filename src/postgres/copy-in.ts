import type { Socket } from 'node:net';
import type pg from 'pg';

/** What we use of the driver: a query object it submits and then forwards protocol messages to. */
interface DriverConnection {
  query(text: string): void;
  sendCopyFail(message: string): void;
  endCopyFrom(): void;
}

/** A CopyData message may be larger, but a bound keeps what the server must hold at once small. */
const messageBytes = 8 * 1024 * 1024;

/**
 * COPY FROM STDIN with one CopyData message a piece: the server takes rows from wherever the pieces are cut.
 * A piece is of no more use to the socket when the next one is asked for.
 */
export async function copyInto(
  client: pg.Client,
  stream: Socket,
  statement: string,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<number> {
  const copy = new CopyInQuery(statement);
  // The driver's query() accepts any object with submit(); its types name only its own classes.
  (client as unknown as { query(query: unknown): void }).query(copy);
  const failure = copy.finished.then(
    () => undefined,
    (error: unknown) => error,
  );
  const ready = await Promise.race([copy.ready.then(() => true), failure.then(() => false)]);
  if (!ready) throw await failure;
  let sent = true;
  try {
    for await (const piece of pieces) {
      for (let at = 0; at < piece.length && sent; at += messageBytes) {
        sent = await send(stream, piece.subarray(at, at + messageBytes), failure);
      }
      // The socket may still hold this piece, so it must not be given back by asking for the next.
      if (!sent) break;
    }
  } catch (error) {
    // The source of the pieces failed: the server must not take what came so far for the whole.
    copy.connection?.sendCopyFail('the data could not be read');
    await failure;
    throw error;
  }
  if (sent) copy.connection?.endCopyFrom();
  return copy.finished;
}

/** @returns whether the socket is done with `body`; false when the COPY has failed meanwhile */
async function send(stream: Socket, body: Uint8Array, failure: Promise<unknown>): Promise<boolean> {
  const header = Buffer.allocUnsafe(5);
  header.write('d', 0, 'latin1');
  header.writeInt32BE(body.length + 4, 1);
  stream.cork();
  stream.write(header);
  const written = new Promise<boolean>((resolve) => stream.write(body, (error) => resolve(!error)));
  stream.uncork();
  // A server that has failed reads no more.
  return Promise.race([written, failure.then(() => false)]);
}

/** A query in the driver's sense that stops at CopyInResponse and leaves the data to its caller. */
class CopyInQuery {
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

  handleCopyInResponse(): void {
    this.#setReady();
  }

  handleCommandComplete(message: { text: string }): void {
    if (message.text.startsWith('COPY ')) this.#rows = Number(message.text.slice(5));
  }

  handleError(error: unknown): void {
    this.#error = error;
    this.#reject(error);
  }

  handleReadyForQuery(): void {
    if (this.#error === undefined) this.#resolve(this.#rows);
  }

  handleRowDescription(): void {}
  handleDataRow(): void {}
  handlePortalSuspended(): void {}
  handleEmptyQuery(): void {}
  handleCopyData(): void {}
}
