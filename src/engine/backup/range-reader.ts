import { HoldfastError } from '../../base/errors.ts';
import { begunLine, widenedKeys, type FoundKeys, type KeyField } from '../../format/key-bounds.ts';
import type { ChunkReference } from '../../format/manifest.ts';
import { placedText, type PlacedText } from '../../postgres/row-places.ts';
import type { CopyReceiver } from '../../postgres/wire/copy-stream.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { contentCutter } from './content-cutter.ts';
import type { ChunkWriter, FillBuffer } from './chunk-writer.ts';
import type { LineList } from './row-map.ts';

/** What reading one range gave. The references of its chunks are filled in by the time `ChunkWriter.flush` resolves. */
export interface RangeData {
  rows: number;
  rawBytes: number;
  chunks: ChunkReference[];
  /** Of the field that was named; known when the references are. */
  keys: FoundKeys;
}

/** What goes to the server in one round trip. */
export interface RangeStatements {
  before?: string[];
  /** Queries of one value, whose answers are wanted beside the rows. */
  questions?: string[];
  /** COPY statements, one range each. */
  copies: string[];
  /** Of these the ones, by their place, whose text has the places of the rows before its columns; a list takes those. */
  placed?: ReadonlyMap<number, LineList>;
  /** Of these the ones, by their place, of which the least and greatest value of a field are wanted. */
  keyFields?: ReadonlyMap<number, KeyField>;
  /** Of these the ones, by their place, whose text is cut where its content says. See content-cutter.ts. */
  byContent?: ReadonlySet<number>;
  /** A statement that says what is wrong with what was read, by one row with one value; null when nothing is. */
  confirm?: string;
  after?: string[];
}

/**
 * Reads ranges on a session into chunks. It does not wait for the chunks, so that the server goes on sending while they
 * are compressed.
 * @param onData called with the number of raw bytes of each piece, for progress
 * @throws TABLE_VANISHED when what was read is not what was meant
 */
export async function readRanges(
  session: Session,
  {
    before = [],
    questions = [],
    copies,
    placed = new Map(),
    keyFields = new Map(),
    byContent = new Set(),
    confirm,
    after = [],
  }: RangeStatements,
  writer: ChunkWriter,
  onData: (rawBytes: number) => void,
): Promise<{ ranges: RangeData[]; answers: string[] }> {
  const receiver = new RangeReceiver(session, writer, { byContent, keyFields }, onData);
  try {
    await session.copyOut(
      [...before, ...questions, ...copies, ...(confirm ? [confirm] : []), ...after],
      placed.size > 0 ? withoutPlaces(receiver, placed) : receiver,
    );
    await receiver.placed();
  } finally {
    receiver.release();
  }
  if (receiver.ranges.length !== copies.length) {
    throw new Error(`${receiver.ranges.length} of ${copies.length} COPY statements reported their end`);
  }
  return { ranges: receiver.ranges, answers: answered(receiver.answers, questions, confirm) };
}

/** The answers to questions about ranges, in one round trip. @throws as `readRanges` */
export async function askRanges(
  session: Session,
  { before = [], questions, confirm }: { before?: string[]; questions: string[]; confirm: string },
): Promise<string[]> {
  const answers: (string | null)[] = [];
  const receiver: CopyReceiver = {
    data() {},
    statementEnd() {},
    value: (text) => void answers.push(text),
  };
  await session.copyOut([...before, ...questions, confirm], receiver);
  return answered(answers, questions, confirm);
}

function answered(
  answers: readonly (string | null)[],
  questions: readonly string[],
  confirm: string | undefined,
): string[] {
  if (answers.length !== questions.length + (confirm ? 1 : 0)) {
    throw new Error('what was read was not confirmed');
  }
  if (confirm) requireConfirmed(answers.slice(-1));
  return answers.slice(0, questions.length) as string[];
}

/** @param answers to the statement that confirms what was read, alone @throws TABLE_VANISHED */
export function requireConfirmed(answers: readonly (string | null)[]): void {
  if (answers.length !== 1) throw new Error('what was read was not confirmed');
  const [wrong] = answers;
  if (wrong == null) return;
  throw new HoldfastError('TABLE_VANISHED', `Names changed while tables were read: ${wrong}.`);
}

/** Takes the places out of the text of some statements, before it comes to `receiver`. */
function withoutPlaces(
  receiver: CopyReceiver & { value(text: string | null): void },
  placed: ReadonlyMap<number, LineList>,
): CopyReceiver {
  let statement = 0;
  const textOf = (): PlacedText | undefined => {
    const list = placed.get(statement);
    return list && placedText((block, offset, bytes) => list.add(block, offset, bytes));
  };
  let text = textOf();
  return {
    data(piece, rows) {
      const columns = text ? text.take(piece) : piece;
      if (columns.length > 0) receiver.data(columns, rows);
    },
    statementEnd(rows) {
      text?.end();
      receiver.statementEnd(rows);
      statement++;
      text = textOf();
    },
    value: (answer) => receiver.value(answer),
  };
}

/** A piece of data, or the end of a statement, that waits for a buffer. */
type Held = { piece: Uint8Array; rows: number } | { piece: null; rows: number };

/** What is particular to some of the statements, by their place. */
interface Ways {
  byContent: ReadonlySet<number>;
  keyFields: ReadonlyMap<number, KeyField>;
}

function emptyRange(): RangeData {
  return { rows: 0, rawBytes: 0, chunks: [], keys: null };
}

class RangeReceiver implements CopyReceiver {
  readonly ranges: RangeData[] = [];
  readonly answers: (string | null)[] = [];
  readonly #session: Session;
  readonly #writer: ChunkWriter;
  readonly #ways: Ways;
  readonly #onData: (rawBytes: number) => void;
  readonly #cutter = contentCutter();
  #buffer: FillBuffer | undefined;
  #used = 0;
  #current = emptyRange();
  /** Of the line that goes on in the next chunk of the range. */
  #begun: Uint8Array = new Uint8Array();
  /** What arrived while no buffer was free. */
  #held: Held[] = [];
  #chunkRows = 0;
  #idle: (() => void) | undefined;

  constructor(session: Session, writer: ChunkWriter, ways: Ways, onData: (rawBytes: number) => void) {
    this.#session = session;
    this.#writer = writer;
    this.#ways = ways;
    this.#onData = onData;
  }

  data(piece: Uint8Array, rows: number): void {
    this.#onData(piece.length);
    const rest = this.#held.length > 0 ? piece : this.#append(piece, rows);
    if (rest) this.#hold({ piece: Buffer.from(rest), rows: rest === piece ? rows : 0 });
  }

  statementEnd(rows: number): void {
    if (this.#held.length > 0) this.#hold({ piece: null, rows });
    else this.#endRange(rows);
  }

  value(text: string | null): void {
    this.answers.push(text);
  }

  /** Resolves when all that was read has found room. */
  async placed(): Promise<void> {
    if (this.#held.length > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
  }

  release(): void {
    if (this.#buffer) this.#writer.returnBuffer(this.#buffer);
    this.#buffer = undefined;
    this.#held = [];
  }

  /**
   * Fills buffers to the last byte: where a chunk ends must depend on the data alone and not on how they arrived, or
   * the same rows would be other chunks in the next backup.
   * @returns what did not fit, because the writer has no room
   */
  #append(piece: Uint8Array, rows: number): Uint8Array | undefined {
    let rest = piece;
    while (rest.length > 0) {
      if (this.#used === 0 && !this.#writer.hasRoom) return rest;
      this.#buffer ??= this.#writer.takeBuffer();
      if (!this.#buffer) return rest;
      if (rest === piece) this.#chunkRows += rows;
      const from = this.#used;
      const part = rest.subarray(0, this.#buffer.length - from);
      this.#buffer.set(part, from);
      const end = this.#ways.byContent.has(this.ranges.length)
        ? this.#cutter.end(this.#buffer, from, from + part.length)
        : undefined;
      this.#used = end ?? from + part.length;
      rest = rest.subarray(this.#used - from);
      if (end !== undefined || this.#used === this.#buffer.length) this.#cut();
    }
    return undefined;
  }

  #hold(entry: Held): void {
    this.#held.push(entry);
    if (this.#held.length > 1) return;
    this.#session.pauseReading();
    this.#writer.onRoom(() => this.#drain());
  }

  #drain(): void {
    while (this.#held.length > 0) {
      const next = this.#held[0] as Held;
      const rest = next.piece === null ? this.#endRange(next.rows) : this.#append(next.piece, next.rows);
      if (rest) {
        this.#held[0] = { piece: rest, rows: rest === next.piece ? next.rows : 0 };
        this.#writer.onRoom(() => this.#drain());
        return;
      }
      this.#held.shift();
    }
    this.#session.resumeReading();
    this.#idle?.();
  }

  #endRange(rows: number): void {
    this.#current.rows = rows;
    this.#cut();
    this.ranges.push(this.#current);
    this.#current = emptyRange();
    this.#begun = new Uint8Array();
  }

  /** Makes a chunk of what the buffer holds. */
  #cut(): void {
    const buffer = this.#buffer;
    const rawBytes = this.#used;
    if (!buffer || rawBytes === 0) return;
    const rows = this.#chunkRows;
    this.#used = 0;
    this.#chunkRows = 0;
    this.#cutter.restart();
    const range = this.#current;
    range.rawBytes += rawBytes;
    // The place in the order is taken now; compressing may end in any order.
    const place = range.chunks.length;
    range.chunks.push({ id: '', rawBytes, storedBytes: 0 });
    const field = this.#ways.keyFields.get(this.ranges.length);
    const key = field && { ...field, begun: this.#begun };
    if (field) this.#begun = begunLine(buffer.subarray(0, rawBytes), this.#begun);
    const lent = this.#writer.write(
      buffer,
      rawBytes,
      rows,
      (reference, keys) => {
        range.chunks[place] = reference;
        if (field) range.keys = widenedKeys(range.keys, keys, field.order);
      },
      key,
    );
    if (lent) this.#buffer = undefined;
  }
}
