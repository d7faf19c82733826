/**
 * As much of the frontend/backend protocol as bridging needs: where messages begin and end, and what an
 * error says. PostgreSQL: "Frontend/Backend Protocol, Message Formats".
 */
import { errorFields, ServerError } from '../wire/copy-stream.ts';
import { fromClient, fromServer, headerBytes, message, MessageCursor } from '../wire/messages.ts';

/** After these a client waits for the server, or has nothing more to say. */
const answered: ReadonlySet<number> = new Set(Object.values(fromClient));

const protocol3 = 3;
const sslRequest = 80877103;
const gssEncryptionRequest = 80877104;

/** What to do with bytes that a client wrote. `request`: hand these on and wait for ReadyForQuery. */
export type ClientStep =
  | { kind: 'refuse-encryption' }
  | { kind: 'startup' }
  | { kind: 'incomplete' }
  | { kind: 'end' }
  | { kind: 'request'; bytes: Uint8Array<ArrayBuffer> };

/**
 * Takes a client's writes in order. libpq flushes its buffer at 16 KiB, so a message can come in pieces:
 * a request is complete only when it consists of whole messages and the last one is answered by ReadyForQuery.
 * The bytes are copied, since they lie in memory that the client uses again.
 */
export function requestCollector(): (bytes: Uint8Array) => ClientStep {
  let started = false;
  let pending = Buffer.allocUnsafeSlow(64 * 1024);
  let used = 0;
  let walked = 0;
  let lastType = 0;

  return (bytes) => {
    if (used + bytes.length > pending.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(pending.length * 2, used + bytes.length));
      pending.copy(larger, 0, 0, used);
      pending = larger;
    }
    pending.set(bytes, used);
    used += bytes.length;

    if (!started) {
      if (used < 8 || used < pending.readInt32BE(0)) return { kind: 'incomplete' };
      const code = pending.readInt32BE(4);
      used = 0;
      if (code === sslRequest || code === gssEncryptionRequest) return { kind: 'refuse-encryption' };
      if (code >>> 16 !== protocol3) throw new Error(`unknown startup packet ${code}`);
      started = true;
      return { kind: 'startup' };
    }

    while (used - walked >= headerBytes) {
      const end = walked + 1 + pending.readInt32BE(walked + 1);
      if (end > used) break;
      lastType = pending.readUInt8(walked);
      walked = end;
    }
    if (walked !== used || !answered.has(lastType)) {
      return { kind: 'incomplete' };
    }
    const request = new Uint8Array(used);
    request.set(pending.subarray(0, used));
    used = walked = 0;
    return lastType === fromClient.terminate ? { kind: 'end' } : { kind: 'request', bytes: request };
  };
}

/** Collects a server's bytes until ReadyForQuery. */
export interface AnswerCollector {
  /** True when the answer is complete. Throws when the server wants or sends COPY data, which nobody asked for. */
  add(bytes: Buffer): boolean;
  /** The complete answer, in memory of its own; the next one begins. */
  take(): Uint8Array<ArrayBuffer>;
  /** The newest ErrorResponse of all answers. */
  readonly fault: ServerError | undefined;
}

export function answerCollector(): AnswerCollector {
  let pieces: Buffer[] = [];
  let total = 0;
  const cursor = new MessageCursor();
  let body: Buffer[] = [];
  let fault: ServerError | undefined;
  let ready = false;

  function walk(bytes: Buffer): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let at = 0;
    while (at < bytes.length) {
      if (!cursor.inBody) {
        at = cursor.readHeader(view, at);
        if (!cursor.inBody) return;
      }
      const count = Math.min(cursor.bodyLeft, bytes.length - at);
      if (cursor.type === fromServer.errorResponse) body.push(bytes.subarray(at, at + count));
      at += count;
      cursor.bodyLeft -= count;
      if (cursor.bodyLeft > 0) return;
      cursor.next();
      messageEnd();
    }
  }

  function messageEnd(): void {
    switch (cursor.type) {
      case fromServer.readyForQuery:
        ready = true;
        break;
      case fromServer.errorResponse:
        fault = new ServerError(errorFields(Buffer.concat(body)));
        body = [];
        break;
      case fromServer.copyInResponse:
      case fromServer.copyOutResponse:
      case fromServer.copyBothResponse:
        throw new Error('pg_dump began a COPY, though no data was asked for');
      default:
    }
  }

  return {
    add(bytes) {
      pieces.push(bytes);
      total += bytes.length;
      walk(bytes);
      return ready;
    },
    take() {
      const answer = new Uint8Array(total);
      let at = 0;
      for (const piece of pieces) {
        answer.set(piece, at);
        at += piece.length;
      }
      pieces = [];
      total = 0;
      ready = false;
      return answer;
    },
    get fault() {
      return fault;
    },
  };
}

/** AuthenticationOk, the server's parameters, a key that cancels nothing, ReadyForQuery. */
export function greeting(parameters: readonly { name: string; value: string }[]): Uint8Array<ArrayBuffer> {
  const authenticationOk = message('R', Buffer.alloc(4));
  const keyData = message('K', Buffer.alloc(8));
  const ready = message('Z', Buffer.from('I'));
  const statuses = parameters.map(({ name, value }) => message('S', Buffer.from(`${name}\0${value}\0`)));
  return new Uint8Array(Buffer.concat([authenticationOk, ...statuses, keyData, ready]));
}

/**
 * The answer to a statement that begins, describes or ends a transaction, for a client that reads inside of one which
 * is not its own; undefined for every other request.
 */
export function answerToTransactionControl(request: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  if (request[0] !== fromClient.query) return undefined;
  const text = Buffer.from(
    request.buffer,
    request.byteOffset + headerBytes,
    request.length - headerBytes - 1,
  );
  const tag = /^(BEGIN|COMMIT|ROLLBACK|SET(?= TRANSACTION ISOLATION LEVEL ))/.exec(
    text.toString('latin1', 0, 64),
  )?.[0];
  if (tag === undefined) return undefined;
  return new Uint8Array(
    Buffer.concat([message('C', Buffer.from(`${tag}\0`)), message('Z', Buffer.from('T'))]),
  );
}
