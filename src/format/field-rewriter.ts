const tab = 0x09;
const lineFeed = 0x0a;
const tabBytes = Uint8Array.of(tab);
/** A field that is changed is put together before; a longer one than any change applies to is not. */
const defaultLongestBytes = 64 * 1024 * 1024;

/** What becomes of one field of each line. */
export interface FieldRule {
  keep: boolean;
  /** The field as COPY text, escaped. @returns undefined to leave it as it is */
  change?: (field: Uint8Array) => Uint8Array | undefined;
  /** Longer fields stay as they are, and are not put together. Default: 64 MiB */
  longestBytes?: number;
}

/** Rewrites the fields of COPY text that comes in pieces, cut anywhere. */
export interface FieldRewriter {
  take(piece: Uint8Array): Uint8Array;
}

/**
 * @param rules for each field of a line; further ones are kept
 * @param added fields behind those of each line, escaped
 */
export function fieldRewriter(rules: readonly FieldRule[], added: readonly Uint8Array[]): FieldRewriter {
  const lastRule = rules.findLastIndex(({ keep, change }) => !keep || change !== undefined);
  let column = 0;
  /** Whether the line has a field in what is given. */
  let begun = false;
  /** What has come of a field that is changed. */
  let held: Uint8Array[] | undefined;
  let heldBytes = 0;
  let skipping = startsSkipping();
  holdIfChanged();

  function startsSkipping(): boolean {
    return rules[column]?.keep === false;
  }
  function holdIfChanged(): void {
    held = !skipping && rules[column]?.change ? [] : undefined;
    heldBytes = 0;
  }
  return {
    take(piece) {
      const out: Uint8Array[] = [];
      const give = (from: number, to: number): void => {
        if (to > from) out.push(piece.subarray(from, to));
      };
      /** Where the text begins that is given as it is; it has not been given yet. */
      let from = 0;
      let at = 0;
      while (at < piece.length) {
        const end = column > lastRule ? piece.indexOf(lineFeed, at) : endOfField(piece, at);
        const stop = end < 0 ? piece.length : end;
        if (skipping) from = stop;
        else if (held) {
          hold(piece.subarray(from, stop), out);
          from = stop;
        }
        if (end < 0) break;
        if (held) {
          release(out);
          from = stop;
        }
        if (!skipping) begun = true;
        if (piece[end] === lineFeed) {
          if (added.length > 0) {
            give(from, end);
            from = end;
            for (const field of added) {
              if (begun) out.push(tabBytes);
              out.push(field);
              begun = true;
            }
          }
          column = 0;
          begun = false;
          at = end + 1;
          skipping = startsSkipping();
          // A line feed goes out whatever becomes of the next field.
          if (skipping || rules[0]?.change) {
            give(from, at);
            from = at;
          }
        } else {
          column++;
          at = end + 1;
          skipping = startsSkipping();
          if (skipping) {
            give(from, end);
            from = at;
          } else if (!begun) {
            // All before it were left out: the first field of a line has no tab before it.
            from = at;
          } else if (rules[column]?.change) {
            give(from, at);
            from = at;
          }
        }
        holdIfChanged();
      }
      if (!skipping && !held) give(from, piece.length);
      return Buffer.concat(out);
    },
  };

  function hold(bytes: Uint8Array, out: Uint8Array[]): void {
    held!.push(new Uint8Array(bytes));
    heldBytes += bytes.length;
    if (heldBytes <= (rules[column]!.longestBytes ?? defaultLongestBytes)) return;
    out.push(...held!);
    held = undefined;
  }

  function release(out: Uint8Array[]): void {
    const field = held!.length === 1 ? held![0]! : Buffer.concat(held!);
    out.push(rules[column]!.change!(field) ?? field);
    held = undefined;
  }
}

function endOfField(piece: Uint8Array, from: number): number {
  for (let at = from; at < piece.length; at++) {
    const byte = piece[at];
    if (byte === tab || byte === lineFeed) return at;
  }
  return -1;
}
