import { HoldfastError } from '../base/errors.ts';

/** Shorter text takes little memory, whatever is in it. */
const harmlessLength = 64 * 1024;
/** No document of ours is deeper, or has more values, than this. */
const maxDepth = 16;
const maxValues = 2_000_000;

const quote = 0x22;
const comma = 0x2c;
const backslash = 0x5c;

/**
 * The value of a JSON text that an attacker may have written: one that is nested deeper, or has more values, than any that
 * we write is refused before anything is made of it, because a few bytes of text can take many of memory.
 * @param of what it is, for the message of an error
 * @throws MANIFEST_INVALID
 */
export function parseBounded(text: string, of: string): unknown {
  if (text.length > harmlessLength) requireModest(text, of);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new HoldfastError('MANIFEST_INVALID', `${of} is not JSON.`, { cause: error });
  }
}

function requireModest(text: string, of: string): void {
  let depth = 0;
  let values = 1;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = endOfString(text, at);
      continue;
    }
    // [ and {, ] and }.
    if (code === 0x5b || code === 0x7b) {
      depth++;
      values++;
    } else if (code === 0x5d || code === 0x7d) depth--;
    else if (code === comma) values++;
    if (depth > maxDepth) throw refused(of, `is nested deeper than ${maxDepth} levels`);
    if (values > maxValues) throw refused(of, `has more than ${maxValues} values`);
  }
}

/** @returns where the string that begins at `start` ends */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let before = end;
    while (text.charCodeAt(before - 1) === backslash) before--;
    if ((end - before) % 2 === 0) return end;
  }
  return text.length;
}

function refused(of: string, reason: string): HoldfastError {
  return new HoldfastError('MANIFEST_INVALID', `${of} ${reason}.`);
}
