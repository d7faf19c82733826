/*
 * Messages of the frontend/backend protocol. PostgreSQL: "Message Formats". Each has a type of one byte, and a length that
 * counts itself but not the type.
 */

export const headerBytes = 5;

/** Types of messages, by who sends them. */
export const fromServer = {
  commandComplete: 0x43, // C
  copyBothResponse: 0x57, // W
  copyData: 0x64, // d
  copyInResponse: 0x47, // G
  copyOutResponse: 0x48, // H
  dataRow: 0x44, // D
  errorResponse: 0x45, // E
  readyForQuery: 0x5a, // Z
} as const;
export const fromClient = {
  query: 0x51, // Q
  sync: 0x53, // S
  terminate: 0x58, // X
} as const;

export function message(type: string, body: Buffer): Buffer {
  const head = Buffer.allocUnsafe(headerBytes);
  head.write(type, 0, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** Where a stream of messages is, when it comes in pieces that end anywhere. */
export class MessageCursor {
  /** Of the message that the stream is in. */
  type = 0;
  /** How much of its body is still to come. */
  bodyLeft = 0;
  readonly #header = new DataView(new ArrayBuffer(headerBytes));
  #headerUsed = 0;

  /** Whether the header of the current message has been read whole. */
  get inBody(): boolean {
    return this.#headerUsed === headerBytes;
  }

  /** Reads as much of the header as the piece has. @returns where it ends, or the piece does */
  readHeader(piece: DataView, from: number): number {
    if (this.#headerUsed === 0 && piece.byteLength - from >= headerBytes) {
      this.type = piece.getUint8(from);
      this.bodyLeft = piece.getInt32(from + 1) - 4;
      this.#headerUsed = headerBytes;
      return from + headerBytes;
    }
    let at = from;
    while (this.#headerUsed < headerBytes && at < piece.byteLength) {
      this.#header.setUint8(this.#headerUsed++, piece.getUint8(at++));
    }
    if (this.inBody) {
      this.type = this.#header.getUint8(0);
      this.bodyLeft = this.#header.getInt32(1) - 4;
    }
    return at;
  }

  /** The body has been read whole: the next message begins. */
  next(): void {
    this.#headerUsed = 0;
  }
}
