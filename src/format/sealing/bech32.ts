/** Bech32 (BIP 173), in which age writes its keys. */

const alphabet = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const checksumLength = 6;
/** Longer texts, a checksum of this length no longer protects. */
const maxLength = 90;

export function encodeBech32(prefix: string, bytes: Uint8Array): string {
  const words = regroup(bytes, 8, 5, true) ?? [];
  const check = polymod([...spread(prefix), ...words, ...Array<number>(checksumLength).fill(0)]) ^ 1;
  for (let n = checksumLength - 1; n >= 0; n--) words.push((check >>> (5 * n)) & 31);
  return `${prefix}1${words.map((word) => alphabet[word]).join('')}`;
}

/** @returns undefined for what is no Bech32 text, or one with an error in it; `prefix` in lower case */
export function decodeBech32(text: string): { prefix: string; bytes: Uint8Array } | undefined {
  const lower = text.toLowerCase();
  if (text !== lower && text !== text.toUpperCase()) return undefined;
  const one = lower.lastIndexOf('1');
  const prefix = lower.slice(0, one);
  if (text.length > maxLength || one < 1 || !/^[\x21-\x7e]+$/.test(prefix)) return undefined;
  const words = Array.from(lower.slice(one + 1), (character) => alphabet.indexOf(character));
  if (words.includes(-1) || words.length < checksumLength) return undefined;
  if (polymod([...spread(prefix), ...words]) !== 1) return undefined;
  const bytes = regroup(words.slice(0, -checksumLength), 5, 8, false);
  return bytes && { prefix, bytes: Uint8Array.from(bytes) };
}

function spread(prefix: string): number[] {
  const codes = Array.from(prefix, (character) => character.charCodeAt(0));
  return [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
}

function polymod(values: readonly number[]): number {
  const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
  let check = 1;
  for (const value of values) {
    const top = check >>> 25;
    check = ((check & 0x1ffffff) << 5) ^ value;
    for (const [n, each] of generator.entries()) if ((top >>> n) & 1) check ^= each;
  }
  return check >>> 0;
}

/** Groups of `from` bits as groups of `to` bits. @returns undefined for padding that encoding does not make */
function regroup(values: Iterable<number>, from: number, to: number, pad: boolean): number[] | undefined {
  const groups: number[] = [];
  let bits = 0;
  let held = 0;
  for (const value of values) {
    held = ((held << from) | value) & 0xfff;
    bits += from;
    for (; bits >= to; bits -= to) groups.push((held >>> (bits - to)) & ((1 << to) - 1));
  }
  const rest = (held << (to - bits)) & ((1 << to) - 1);
  if (pad && bits > 0) groups.push(rest);
  return !pad && (bits >= from || rest !== 0) ? undefined : groups;
}
