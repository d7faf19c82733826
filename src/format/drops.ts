import { HoldfastError } from '../base/errors.ts';

/*
 * Drops: which lines of a range are not rows of the backup, because they were deleted or written anew since they were
 * read. docs/FORMAT.md, section 9.
 */

/** A number of lines that are rows, then a number that are not. */
export interface DropRun {
  keep: number;
  drop: number;
}

const lineFeed = 0x0a;
const space = 0x20;
const zero = 0x30;

/** The text of drops. @param runs each but the first keeps a line, and all drop one */
export function dropsText(runs: Iterable<DropRun>): Uint8Array<ArrayBuffer> {
  let text = '';
  for (const { keep, drop } of runs) text += drop === 1 ? `${keep}\n` : `${keep} ${drop}\n`;
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

/**
 * The runs of a text, without keeping them.
 * @param of what the text is of, for the message of an error
 * @throws CHUNK_CORRUPT for what no writer of this version makes
 */
export function* readDrops(text: Uint8Array, of: string): Generator<DropRun> {
  let at = 0;
  /** A decimal number, of which a line may have one or two. */
  const number = (least: number): number => {
    const from = at;
    let value = 0;
    for (let byte = text[at]; byte !== lineFeed && byte !== space; byte = text[++at]) {
      const digit = byte === undefined ? -1 : byte - zero;
      if (digit < 0 || digit > 9) throw notDrops(of);
      value = value * 10 + digit;
    }
    const length = at - from;
    const leadingZero = length > 1 && text[from] === zero;
    if (length === 0 || leadingZero || value < least || value > Number.MAX_SAFE_INTEGER) throw notDrops(of);
    return value;
  };
  for (let least = 0; at < text.length; least = 1) {
    const keep = number(least);
    // One that is dropped alone, as most are, is not counted.
    const drop = text[at++] === lineFeed ? 1 : number(2);
    if (drop > 1 && text[at++] !== lineFeed) throw notDrops(of);
    yield { keep, drop };
  }
}

function notDrops(of: string): HoldfastError {
  return new HoldfastError('CHUNK_CORRUPT', `What says which lines of ${of} are rows is not of that form.`, {
    hint: 'Holdfast does not write this. Find out who changed the backup, and restore from another one.',
    details: { of },
  });
}
