import type { KeyOrder } from '../../format/key-bounds.ts';
import type { ManifestRange } from '../../format/manifest.ts';

/** Values from the least to the greatest, both included; null for no end. As text, as PostgreSQL writes them. */
export interface Span {
  least: string | null;
  greatest: string | null;
}

/** How values compare, as their text. */
export type SpanOrder = Extract<KeyOrder, 'integer' | 'bytes'>;

/** Spans of two conditions of which both hold, where they are few; else those of the first, which are more values. */
const spansMax = 20_000;

export function both(a: readonly Span[], b: readonly Span[], order: SpanOrder): Span[] {
  if (a.length * b.length > spansMax) return [...(a.length < b.length ? a : b)];
  return a.flatMap((one) =>
    b.flatMap((other) => {
      const span = {
        least: later(one.least, other.least, order),
        greatest: earlier(one.greatest, other.greatest, order),
      };
      const isEmpty =
        span.least !== null && span.greatest !== null && compare(span.least, span.greatest, order) > 0;
      return isEmpty ? [] : [span];
    }),
  );
}

/** The ranges that may hold a value of the spans. One whose keys are not known may hold any. */
export function rangesWithin(
  ranges: readonly ManifestRange[],
  spans: readonly Span[],
  order: SpanOrder,
): ManifestRange[] {
  const sorted = merged(spans, order);
  return ranges.filter(({ keys }) => {
    if (!keys) return true;
    const [least, greatest] = keys;
    // The first span that does not end before the range begins.
    let from = 0;
    for (let to = sorted.length; from < to;) {
      const middle = (from + to) >> 1;
      const { greatest: end } = sorted[middle]!;
      if (end !== null && compare(end, least, order) < 0) from = middle + 1;
      else to = middle;
    }
    const span = sorted[from];
    return span !== undefined && (span.least === null || compare(span.least, greatest, order) <= 0);
  });
}

/** In order, none touching another. */
function merged(spans: readonly Span[], order: SpanOrder): Span[] {
  const result: Span[] = [];
  for (const span of spans.toSorted((a, b) => compareStarts(a.least, b.least, order))) {
    const last = result.at(-1);
    const meets =
      last &&
      (last.greatest === null || span.least === null || compare(span.least, last.greatest, order) <= 0);
    if (!meets) result.push({ ...span });
    else if (last.greatest !== null) {
      last.greatest = span.greatest === null ? null : laterOf(last.greatest, span.greatest, order);
    }
  }
  return result;
}

function compareStarts(a: string | null, b: string | null, order: SpanOrder): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  return compare(a, b, order);
}

const laterOf = (a: string, b: string, order: SpanOrder): string => (compare(a, b, order) < 0 ? b : a);

function later(a: string | null, b: string | null, order: SpanOrder): string | null {
  return a === null || b === null ? (a ?? b) : laterOf(a, b, order);
}

function earlier(a: string | null, b: string | null, order: SpanOrder): string | null {
  if (a === null || b === null) return a ?? b;
  return laterOf(a, b, order) === a ? b : a;
}

function compare(a: string, b: string, order: SpanOrder): number {
  if (order === 'bytes') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  const [one, other] = [BigInt(a), BigInt(b)];
  return one < other ? -1 : one > other ? 1 : 0;
}
