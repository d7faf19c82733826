/** The header of an age file (age-encryption.org/v1, "Header"): one stanza for each recipient, and a MAC over them. */
import { createHmac, createSecretKey, hkdfSync, timingSafeEqual, type KeyObject } from 'node:crypto';

/** One way to the file key. */
export interface Stanza {
  /** The type first. */
  args: readonly string[];
  body: Uint8Array;
}

export interface Header {
  stanzas: Stanza[];
  /** Where the payload begins. */
  end: number;
  /** Whether the header is what the owner of the file key wrote. */
  isWhole(fileKey: KeyObject): boolean;
}

const firstLine = 'age-encryption.org/v1\n';
const lineCharacters = 64;
/** No header that we read is longer: a hundred recipients, say. */
const headerBytesMax = 32 * 1024;

export function encodeHeader(stanzas: readonly Stanza[], fileKey: KeyObject): Buffer {
  const lines = stanzas.map(({ args, body }) => `-> ${args.join(' ')}\n${inLines(base64(body))}\n`);
  const text = `${firstLine}${lines.join('')}---`;
  return Buffer.from(`${text} ${base64(headerMac(fileKey, text))}\n`, 'latin1');
}

/** @returns undefined for what is no header of an age file of version 1 */
export function parseHeader(file: Uint8Array): Header | undefined {
  const start = Buffer.from(file.buffer, file.byteOffset, Math.min(file.length, headerBytesMax));
  const mac = start.indexOf('\n--- ');
  const end = start.indexOf('\n', mac + 1) + 1;
  if (mac < 0 || end === 0) return undefined;
  const text = start.toString('latin1', 0, mac + '\n---'.length);
  const lines = text.split('\n').slice(0, -1);
  const written = fromBase64(start.toString('latin1', mac + '\n--- '.length, end - 1));
  if (`${lines.shift()}\n` !== firstLine || written?.length !== 32) return undefined;
  const stanzas: Stanza[] = [];
  while (lines.length > 0) {
    const stanza = takeStanza(lines);
    if (!stanza) return undefined;
    stanzas.push(stanza);
  }
  return { stanzas, end, isWhole: (fileKey) => timingSafeEqual(written, headerMac(fileKey, text)) };
}

/** The body of a stanza is lines of 64 characters and a shorter one, which may be empty. */
function takeStanza(lines: string[]): Stanza | undefined {
  const [arrow, ...args] = lines.shift()!.split(' ');
  if (arrow !== '->' || args.length === 0 || !args.every((each) => /^[\x21-\x7e]+$/.test(each)))
    return undefined;
  let text = '';
  for (;;) {
    const line = lines.shift();
    if (line === undefined || line.length > lineCharacters) return undefined;
    text += line;
    if (line.length < lineCharacters) break;
  }
  const body = fromBase64(text);
  return body && { args, body };
}

function inLines(text: string): string {
  const lines: string[] = [];
  for (let at = 0; at <= text.length; at += lineCharacters) lines.push(text.slice(at, at + lineCharacters));
  return lines.join('\n');
}

function headerMac(fileKey: KeyObject, text: string): Buffer {
  const key = createSecretKey(Buffer.from(hkdfSync('sha256', fileKey, '', 'header', 32)));
  return createHmac('sha256', key).update(text, 'latin1').digest();
}

/** Base64 without padding, as age has it. */
export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '');
}

/** @returns undefined for what `base64` does not write */
export function fromBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return base64(bytes) === text ? bytes : undefined;
}
