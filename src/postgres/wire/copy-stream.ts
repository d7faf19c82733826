/**
 * COPY TO STDOUT read close to the wire. For text COPY a server sends one CopyData message a row, so what
 * costs is not bytes but headers: rows are moved together inside the buffer they were read into, and handed
 * on as one piece a read. PostgreSQL: "Message Flow, COPY Operations" and "Message Formats".
 */
import { fromServer, headerBytes, MessageCursor } from './messages.ts';

export interface CopyReceiver {
  /** A piece of the COPY data of the current statement, in which `rows` rows end. Valid only during the call. */
  data(piece: Uint8Array, rows: number): void;
  /** The current statement is complete, with this many rows; the next one begins. */
  statementEnd(rows: number): void;
  /** A row of a statement among them that is no COPY, of one value. */
  value?(text: string | null): void;
}

/** A server's ErrorResponse, with the fields that matter, named as the driver names them. */
export class ServerError extends Error {
  readonly code: string;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  readonly severity: string;
  /** Where in its source the server raised it, which unlike the message is the same in every language. */
  readonly file: string | undefined;
  readonly routine: string | undefined;
  constructor(fields: Map<string, string>) {
    super(fields.get('M') ?? 'unknown server error');
    this.name = 'ServerError';
    this.code = fields.get('C') ?? '';
    this.detail = fields.get('D');
    this.hint = fields.get('H');
    this.file = fields.get('F');
    this.routine = fields.get('R');
    this.severity = fields.get('V') ?? fields.get('S') ?? 'ERROR';
  }
}

const { copyData } = fromServer;

/** Up to this length moving eight bytes a step beats a call of copyWithin. Measured. */
const shortRowBytes = 64;

/** `consumed` bytes belonged to the query; what follows is for the driver's own parser. */
export type WireOutcome = { done: false } | { done: true; error: ServerError | undefined; consumed: number };
const goOn: WireOutcome = { done: false };

/** Takes the server's bytes after a simple query of COPY TO STDOUT statements, up to ReadyForQuery. */
export class CopyStreamReader {
  readonly #receiver: CopyReceiver;
  readonly #cursor = new MessageCursor();
  #small: Buffer[] = [];
  #error: ServerError | undefined;
  /** Set when the server asks for data instead of sending it: the statement was no COPY TO. */
  copyInRequested = false;

  constructor(receiver: CopyReceiver) {
    this.#receiver = receiver;
  }

  /** Consumes `bytes`, which it may rearrange. Done when ReadyForQuery was read. */
  feed(bytes: Buffer): WireOutcome {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const length = bytes.length;
    const cursor = this.#cursor;
    let at = 0;
    // [0, gathered) holds the rows of this read, headers taken out.
    let gathered = 0;
    let rows = 0;
    while (at < length || (cursor.inBody && cursor.bodyLeft === 0)) {
      if (!cursor.inBody) {
        // Whole rows, one after another: nearly all that there is to read, so the cursor is not asked about each.
        while (length - at >= headerBytes && view.getUint8(at) === copyData) {
          const from = at + headerBytes;
          const count = view.getInt32(at + 1) - 4;
          if (from + count > length) break;
          if (count <= shortRowBytes) moveShort(view, gathered, from, count);
          else bytes.copyWithin(gathered, from, from + count);
          gathered += count;
          rows++;
          at = from + count;
        }
        if (at === length) break;
        at = cursor.readHeader(view, at);
        if (!cursor.inBody) break;
      }
      const count = Math.min(cursor.bodyLeft, length - at);
      const isRow = cursor.type === copyData;
      if (isRow) {
        if (count <= shortRowBytes) moveShort(view, gathered, at, count);
        else bytes.copyWithin(gathered, at, at + count);
        gathered += count;
      } else if (count > 0) {
        this.#small.push(Buffer.from(bytes.subarray(at, at + count)));
      }
      at += count;
      cursor.bodyLeft -= count;
      if (cursor.bodyLeft > 0) break;
      cursor.next();
      if (isRow) {
        rows++;
        continue;
      }
      if (gathered > 0) {
        this.#receiver.data(bytes.subarray(0, gathered), rows);
        gathered = 0;
        rows = 0;
      }
      const outcome = this.#message(at);
      if (outcome.done) return outcome;
    }
    if (gathered > 0) this.#receiver.data(bytes.subarray(0, gathered), rows);
    return goOn;
  }

  #message(consumed: number): WireOutcome {
    const body = this.#small.length === 1 ? (this.#small[0] as Buffer) : Buffer.concat(this.#small);
    this.#small = [];
    switch (this.#cursor.type) {
      case fromServer.errorResponse:
        this.#error ??= new ServerError(errorFields(body));
        return goOn;
      case fromServer.commandComplete: {
        const tag = body.toString('latin1', 0, body.length - 1);
        if (tag.startsWith('COPY ')) this.#receiver.statementEnd(Number(tag.slice(5)));
        return goOn;
      }
      case fromServer.dataRow:
        this.#receiver.value?.(firstValue(body));
        return goOn;
      case fromServer.copyInResponse:
      case fromServer.copyBothResponse:
        this.copyInRequested = true;
        return goOn;
      case fromServer.readyForQuery:
        return { done: true, error: this.#error, consumed };
      default:
        return goOn;
    }
  }
}

/** Moves `count` bytes towards the front; correct for overlap because it goes forward and `to` <= `from`. */
function moveShort(view: DataView, to: number, from: number, count: number): void {
  if (to === from) return;
  let moved = 0;
  // Source and destination are at least one header apart, which is less than eight bytes: the value is
  // read whole before it is written, so an overlapping write only touches bytes that were read already
  // or that lie before the next read.
  for (; moved + 8 <= count; moved += 8) view.setBigUint64(to + moved, view.getBigUint64(from + moved));
  for (; moved < count; moved++) view.setUint8(to + moved, view.getUint8(from + moved));
}

/** The first of a row's values. PostgreSQL: "Message Formats", DataRow. */
function firstValue(body: Buffer): string | null {
  const valueAt = 6;
  const length = body.readInt32BE(2);
  return length < 0 ? null : body.toString('utf8', valueAt, valueAt + length);
}

export function errorFields(body: Buffer): Map<string, string> {
  const fields = new Map<string, string>();
  let at = 0;
  while (at < body.length && body[at] !== 0) {
    const end = body.indexOf(0, at + 1);
    fields.set(String.fromCharCode(body[at] as number), body.toString('utf8', at + 1, end));
    at = end + 1;
  }
  return fields;
}
