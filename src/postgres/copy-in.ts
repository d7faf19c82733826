import { once } from 'node:events';
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
 * Waits for the socket to drain between pieces, so no more than one is held.
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
  let broken: unknown;
  void failure.then((error) => (broken = error));
  try {
    for await (const piece of pieces) {
      if (broken !== undefined) break;
      for (let at = 0; at < piece.length; at += messageBytes) {
        await send(stream, piece.subarray(at, at + messageBytes), failure);
      }
    }
  } catch (error) {
    // The source of the pieces failed: the server must not take what came so far for the whole.
    copy.connection?.sendCopyFail('the data could not be read');
    await failure;
    throw error;
  }
  if (broken === undefined) copy.connection?.endCopyFrom();
  return copy.finished;
}

async function send(stream: Socket, body: Uint8Array, failure: Promise<unknown>): Promise<void> {
  const header = Buffer.allocUnsafe(5);
  header.write('d', 0, 'latin1');
  header.writeInt32BE(body.length + 4, 1);
  stream.cork();
  stream.write(header);
  const flowing = stream.write(body);
  stream.uncork();
  // A server that has failed or gone reads no more: then there is no drain to wait for.
  if (!flowing) await Promise.race([once(stream, 'drain'), failure]);
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
