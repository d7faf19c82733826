import type { ConnectionTarget, OpenOptions } from '../connection.ts';
import type { CopyReceiver } from './copy-stream.ts';
import { quoteLiteral } from '../identifiers.ts';
import { keepLongTextMemory } from './long-text.ts';
import { Session } from './session.ts';

/** How long an idle connection stays open. */
const idleMs = 10_000;

/** Where the texts are; all of it SQL. */
export interface LongTexts {
  table: string;
  /** A column of bytea; keys have one length. */
  key: string;
  /** An expression over the row. No text may hold a backslash or a line break. */
  text: string;
}

/**
 * Reads long texts close to the wire, each into memory of its own size. The driver would put them together from many
 * pieces, make strings of them, and keep the memory it needed for the longest.
 */
export interface LongTextReader {
  /**
   * @param keys in hex
   * @returns the texts by key; nothing for a null or a key that is not there
   */
  read(texts: LongTexts, keys: readonly string[]): Promise<Map<string, Buffer>>;
  close(): Promise<void>;
}

export function openLongTextReader(target: ConnectionTarget, options: OpenOptions): LongTextReader {
  const idle = new Map<Session, NodeJS.Timeout>();
  let closed = false;

  async function take(): Promise<Session> {
    const [known] = idle.keys();
    if (known) {
      clearTimeout(idle.get(known));
      idle.delete(known);
      referencing(known).ref();
      return known;
    }
    const session = await Session.open(target, options);
    await keepLongTextMemory(session.client);
    // A connection that breaks while nobody uses it is no news.
    session.client.once('end', () => {
      clearTimeout(idle.get(session));
      idle.delete(session);
    });
    return session;
  }

  async function giveBack(session: Session): Promise<void> {
    if (closed) return session.close();
    const drop = (): void => {
      idle.delete(session);
      void session.close();
    };
    idle.set(session, setTimeout(drop, idleMs).unref());
    referencing(session).unref();
  }

  return {
    async read(texts, keys) {
      const [first] = keys;
      if (first === undefined) return new Map();
      const session = await take();
      const receiver = new TextReceiver(first.length);
      try {
        await session.copyOut([copyStatement(texts, keys)], receiver);
      } catch (error) {
        await session.close();
        throw error;
      }
      await giveBack(session);
      return receiver.texts;
    },
    async close() {
      closed = true;
      const sessions = [...idle.keys()];
      for (const timer of idle.values()) clearTimeout(timer);
      idle.clear();
      // Or a process that waits for nothing but this would end in the middle of it.
      for (const session of sessions) referencing(session).ref();
      await Promise.all(sessions.map((session) => session.close()));
    },
  };
}

/** What the driver has and its type declarations leave out: whether a connection keeps the process alive. */
function referencing(session: Session): { ref(): void; unref(): void } {
  return session.client as never;
}

/** Digits of the length in front of each text. */
const lengthDigits = 10;

/** Rows of the key in hex, the length of the text, the text; as columns, because to join them the server would copy them. */
function copyStatement({ table, key, text }: LongTexts, keys: readonly string[]): string {
  const wanted = quoteLiteral(`{${keys.map((each) => `"\\\\x${each}"`).join(',')}}`);
  return `copy (select pg_catalog.encode(key, 'hex'),
        pg_catalog.lpad(pg_catalog.octet_length(text)::pg_catalog.text, ${lengthDigits}, '0'), text
      from (select ${key} as key, ${text} as text from ${table}
             where ${key} = any(${wanted}::pg_catalog.bytea[]) offset 0) as found) to stdout`;
}

const newline = 10;
/** More than this is not believed of a length; what is longer is read all the same. */
const believedBytes = 64 * 1024 * 1024;

class TextReceiver implements CopyReceiver {
  readonly texts = new Map<string, Buffer>();
  readonly #keyDigits: number;
  readonly #headBytes: number;
  /** The row that is being read; at first there is room for its key and its length only. */
  #row: Buffer;
  #used = 0;

  constructor(keyDigits: number) {
    this.#keyDigits = keyDigits;
    this.#headBytes = keyDigits + 1 + lengthDigits + 1;
    this.#row = Buffer.allocUnsafe(this.#headBytes);
  }

  data(piece: Uint8Array): void {
    for (let at = 0; at < piece.length;) {
      const found = piece.indexOf(newline, at);
      const end = found < 0 ? piece.length : found;
      while (at < end) at += this.#append(piece, at, end);
      if (found < 0) return;
      at++;
      this.#endRow();
    }
  }

  statementEnd(): void {}

  #append(piece: Uint8Array, from: number, to: number): number {
    if (this.#used === this.#row.length) this.#grow();
    const count = Math.min(to - from, this.#row.length - this.#used);
    this.#row.set(piece.subarray(from, from + count), this.#used);
    this.#used += count;
    return count;
  }

  /** The length in a row is right unless the stored text was replaced. */
  #grow(): void {
    const atHead = this.#used === this.#headBytes;
    const said = atHead
      ? Number(this.#row.toString('latin1', this.#keyDigits + 1, this.#headBytes - 1))
      : NaN;
    const length = said > 0 && said <= believedBytes ? this.#headBytes + said : this.#used * 2;
    const larger = Buffer.allocUnsafeSlow(length);
    larger.set(this.#row);
    this.#row = larger;
  }

  #endRow(): void {
    // A null is `\N`, which is shorter.
    if (this.#used >= this.#headBytes) {
      const key = this.#row.toString('latin1', 0, this.#keyDigits);
      this.texts.set(key, this.#row.subarray(this.#headBytes, this.#used));
    }
    this.#row = Buffer.allocUnsafe(this.#headBytes);
    this.#used = 0;
  }
}
