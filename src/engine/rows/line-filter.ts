import { fieldIn, valueOf } from '../../format/copy-fields.ts';
import type { ManifestColumn, ManifestRange, ManifestTable } from '../../format/manifest.ts';
import { storedColumns } from '../../postgres/ranges.ts';
import { mayHold } from '../look/key-values.ts';

/** Texts of columns that rows are looked for by. It only saves the server rows: what is the same is the server's to say. */
export interface LineFilter {
  columns: readonly string[];
  /** As COPY writes them, one for each column. */
  values: readonly (readonly string[])[];
}

/** How many values a filter has at most: with more every row goes to the server. */
export const filterLimit = 100_000;
/** How many are held against the keys of every range. */
const prunedLimit = 10_000;

/** Where equal values have the same text, and the text is that of a cast. */
const exactTypes = /^(smallint|integer|bigint|uuid|text|oid|character varying(\(\d+\))?)$/;

export function isExact({ type, collation }: Pick<ManifestColumn, 'type' | 'collation'>): boolean {
  return collation === null && exactTypes.test(type);
}

/** The ranges of a part that may hold a row with one of these values. */
export function rangesHolding(part: ManifestTable, filter: LineFilter | undefined): ManifestRange[] {
  const filled = part.ranges.filter(({ rows }) => rows > 0);
  const at = filter?.columns.indexOf(part.keyColumn ?? '') ?? -1;
  if (!filter || at < 0 || filter.values.length > prunedLimit) return filled;
  const { type } = part.columns.find(({ name }) => name === part.keyColumn)!;
  const values = [...new Set(filter.values.map((each) => each[at]!))];
  return filled.filter(({ keys }) => !keys || values.some((value) => mayHold(keys, value, type)));
}

export function lineMatcher(
  part: ManifestTable,
  filter: LineFilter | undefined,
): (line: Uint8Array) => boolean {
  if (!filter) return () => true;
  const names = storedColumns(part.columns);
  const places = filter.columns.map((name) => names.indexOf(name));
  const wanted = new Set(filter.values.map((values) => JSON.stringify(values)));
  return (line) => {
    const found = places.map((place) => {
      const field = fieldIn(line, place);
      return field === undefined ? null : valueOf(field);
    });
    return wanted.has(JSON.stringify(found));
  };
}
