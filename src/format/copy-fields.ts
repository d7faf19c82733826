/*
 * Lines of COPY text as values, and values as such lines. PostgreSQL: COPY, "Text Format".
 */

const tab = 0x09;
const lineFeed = 0x0a;
const backslash = 0x5c;
/** Of `\\N`, which is NULL. */
const nullLetter = 0x4e;

const escapes: ReadonlyMap<number, number> = new Map(
  Object.entries({ b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 }).map(([letter, byte]) => [
    letter.charCodeAt(0),
    byte,
  ]),
);

/**
 * The values of a line without its line feed, as text; null for NULL.
 * @param mostBytes how many are taken of each, as they are stored
 * @param onCut called with the place of a value that has more
 */
export function fieldsOf(
  line: Uint8Array,
  mostBytes = Infinity,
  onCut: (column: number) => void = () => {},
): (string | null)[] {
  const fields: (string | null)[] = [];
  let from = 0;
  for (let at = 0; at <= line.length; at++) {
    if (at < line.length && line[at] !== tab) continue;
    let field = line.subarray(from, at);
    if (field.length > mostBytes) {
      onCut(fields.length);
      field = beginningOf(field, mostBytes);
    }
    fields.push(valueOf(field));
    from = at + 1;
  }
  return fields;
}

/** The first bytes of a value that has more: whole characters and whole escapes. */
function beginningOf(field: Uint8Array, bytes: number): Uint8Array {
  let end = bytes;
  // Of a UTF-8 character the bytes after the first begin with the bits 10.
  while (end > 0 && (field[end]! & 0xc0) === 0x80) end--;
  let backslashes = 0;
  while (field[end - 1 - backslashes] === backslash) backslashes++;
  return field.subarray(0, end - (backslashes % 2));
}

/** Values as a line of COPY text, with its line feed; null for NULL. */
export function copyLine(values: readonly (string | null)[]): Uint8Array {
  return Buffer.from(`${values.map(fieldOf).join('\t')}\n`);
}

/** One value of a line, as text; null for NULL. */
export function valueOf(field: Uint8Array): string | null {
  const bytes = field.includes(backslash) ? unescaped(field) : field;
  return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
}

/** One value of a line without its escapes; null for NULL. */
export function unescaped(field: Uint8Array): Uint8Array | null {
  if (field.length === 2 && field[0] === backslash && field[1] === nullLetter) return null;
  const bytes: number[] = [];
  for (let at = 0; at < field.length; at++) {
    const byte = field[at]!;
    if (byte !== backslash || at + 1 === field.length) bytes.push(byte);
    else bytes.push(escapes.get(field[++at]!) ?? field[at]!);
  }
  return Uint8Array.from(bytes);
}

const escapeLetters: ReadonlyMap<string, string> = new Map(
  [...escapes].map(([letter, byte]) => [String.fromCharCode(byte), String.fromCharCode(letter)]),
);

/** A value as COPY writes it; null for NULL. */
export function fieldOf(value: string | null): Buffer {
  if (value === null) return Buffer.from('\\N');
  return Buffer.from(value.replaceAll(/[\\\b\t\n\v\f\r]/g, (each) => `\\${escapeLetters.get(each) ?? each}`));
}

/** Where a column begins and ends in a line; undefined where the line has fewer. */
export function fieldIn(line: Uint8Array, column: number): Uint8Array | undefined {
  let from = 0;
  for (let left = column; left > 0; left--) {
    const end = line.indexOf(tab, from);
    if (end < 0) return undefined;
    from = end + 1;
  }
  const end = line.indexOf(tab, from);
  return line.subarray(from, end < 0 ? line.length : end);
}

/** Cuts text that comes in pieces into lines, without their line feeds; each is valid until the next piece. */
export function lineCutter(): { take(piece: Uint8Array): Generator<Uint8Array>; readonly rest: number } {
  let begun: Uint8Array[] = [];
  let begunBytes = 0;
  return {
    *take(piece) {
      let from = 0;
      for (let end = piece.indexOf(lineFeed); end >= 0; end = piece.indexOf(lineFeed, from)) {
        const line = piece.subarray(from, end);
        if (begunBytes === 0) yield line;
        else {
          const whole = Buffer.concat([...begun, line]);
          begun = [];
          begunBytes = 0;
          yield whole;
        }
        from = end + 1;
      }
      if (from === piece.length) return;
      begun.push(new Uint8Array(piece.subarray(from)));
      begunBytes += piece.length - from;
    },
    get rest() {
      return begunBytes;
    },
  };
}
