import type pg from 'pg';

/** What we use of the driver's connection; its type declarations leave it out. */
interface DriverConnection {
  stream: { cork(): void; uncork(): void; write(bytes: Uint8Array | string, encoding?: 'latin1'): boolean };
  parse(query: { text: string; name: string; types: number[] }): void;
  sync(): void;
}

/**
 * Runs one statement without result rows whose last parameter is a long ASCII text. The driver copies such a
 * parameter several times on its way, which costs more than the sending; here it goes to the socket as it is.
 * PostgreSQL: "Message Formats", Bind.
 * @param values the parameters before the long one, in text format
 */
export function executeWithLongText(
  client: pg.ClientBase,
  text: string,
  values: readonly string[],
  longText: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    // The driver's query() accepts any object with submit(); its types name only its own classes.
    (client as unknown as { query(query: unknown): void }).query(
      new LongTextQuery(text, values, longText, resolve, reject),
    );
  });
}

class LongTextQuery {
  readonly #text: string;
  readonly #values: readonly string[];
  readonly #longText: string;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  #failed = false;

  constructor(
    text: string,
    values: readonly string[],
    longText: string,
    resolve: () => void,
    reject: (error: unknown) => void,
  ) {
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
    stream.write(this.#longText, 'latin1');
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

  handleCommandComplete(): void {}
  handleRowDescription(): void {}
  handleDataRow(): void {}
  handlePortalSuspended(): void {}
  handleEmptyQuery(): void {}
  handleCopyInResponse(): void {}
  handleCopyData(): void {}
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
