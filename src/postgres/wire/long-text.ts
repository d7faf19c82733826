import type pg from 'pg';
import { QuietQuery, submit, type DriverConnection } from './driver.ts';
import type { PreparedClient } from './prepared-client.ts';

/**
 * Runs one statement without result rows whose last parameter is a long ASCII text. The driver copies such a
 * parameter several times on its way, which costs more than the sending; here it goes to the socket as it is.
 * PostgreSQL: "Message Formats", Bind.
 * @param values the parameters before the long one, in text format
 * @param longText not to be changed before this resolves; after a failure never, for the socket may still hold it
 */
export async function executeWithLongText(
  client: PreparedClient,
  text: string,
  values: readonly string[],
  longText: Uint8Array,
): Promise<void> {
  await keepLongTextMemory(client);
  const done = new Promise<void>((resolve, reject) => {
    submit(client, new LongTextQuery(text, values, longText, resolve, reject));
  });
  await client.watched(done);
}

const kept = new WeakSet<pg.ClientBase>();

/**
 * Makes the server process of `client` keep the memory in which it handles long texts. glibc gives memory back to the
 * system after each statement and takes it anew, page by page, for the next, until a block as large as the one
 * made here has been freed once (mallopt(3), M_MMAP_THRESHOLD). With texts of 2 MB that is a third of what storing
 * them costs. It keeps about 30 MB until the connection is closed; another malloc takes no notice.
 */
export async function keepLongTextMemory(client: pg.ClientBase): Promise<void> {
  if (kept.has(client)) return;
  kept.add(client);
  await client.query(`select pg_catalog.length(pg_catalog.repeat(pg_catalog.repeat('x', 16384), 1024))`);
}

class LongTextQuery extends QuietQuery {
  readonly #text: string;
  readonly #values: readonly string[];
  readonly #longText: Uint8Array;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  #failed = false;

  constructor(
    text: string,
    values: readonly string[],
    longText: Uint8Array,
    resolve: () => void,
    reject: (error: unknown) => void,
  ) {
    super();
    this.#text = text;
    this.#values = values;
    this.#longText = longText;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  submit(connection: DriverConnection): void {
    const { stream } = connection;
    stream.cork();
    connection.parse({ text: this.#text, name: '', types: [] });
    stream.write(bindHead(this.#values, this.#longText.length));
    stream.write(this.#longText);
    stream.write(bindTailAndExecute);
    connection.sync();
    stream.uncork();
  }

  handleError(error: unknown): void {
    this.#failed = true;
    this.#reject(error);
  }

  handleReadyForQuery(): void {
    if (!this.#failed) this.#resolve();
  }
}

/** Bind of the unnamed statement to the unnamed portal, up to the text of the last parameter. */
function bindHead(values: readonly string[], longBytes: number): Buffer {
  const count = values.length + 1;
  const valueBytes = values.reduce((sum, value) => sum + 4 + Buffer.byteLength(value), 0);
  // Type, length, two empty names, a format for each parameter, their number, their values, the last one's length.
  const head = Buffer.allocUnsafe(1 + 4 + 2 + 2 + 2 * count + 2 + valueBytes + 4);
  const length = head.length - 1 + longBytes + resultFormats.length;
  let at = head.write('B', 0, 'latin1');
  at = head.writeInt32BE(length, at);
  at = head.writeInt16BE(0, at);
  at = head.writeInt16BE(count, at);
  for (let i = 1; i < count; i++) at = head.writeInt16BE(textFormat, at);
  at = head.writeInt16BE(binaryFormat, at);
  at = head.writeInt16BE(count, at);
  for (const value of values) {
    at = head.writeInt32BE(Buffer.byteLength(value), at);
    at += head.write(value, at);
  }
  head.writeInt32BE(longBytes, at);
  return head;
}

const textFormat = 0;
/** For a text it is the same bytes, taken by a way that copies once less. */
const binaryFormat = 1;
/** No result columns with a format of their own. */
const resultFormats = Buffer.from([0, 0]);
/** The end of Bind; Execute of the unnamed portal, all rows. */
const bindTailAndExecute = Buffer.concat([resultFormats, Buffer.from([0x45, 0, 0, 0, 9, 0, 0, 0, 0, 0])]);
