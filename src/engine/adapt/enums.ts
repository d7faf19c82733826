import type { Manifest } from '../../format/manifest.ts';
import type { ColumnType } from '../../postgres/inspect/column-types.ts';

const createEnum =
  /^CREATE TYPE ((?:"(?:[^"]|"")*"|[^\s".]+)\.(?:"(?:[^"]|"")*"|[^\s".]+)) AS ENUM \(([^]*)\n?\);/;

/** The labels of the backup's enums, by the names as format_type() writes them. */
export function enumsThen({ schema }: Manifest): Map<string, string[]> {
  return new Map(
    schema.entries.flatMap(({ kind, sql }) => {
      const [, name, list] = (kind === 'TYPE' && createEnum.exec(sql)) || [];
      if (name === undefined || list === undefined) return [];
      const labels = (list.match(/'(?:[^']|'')*'/g) ?? []).map((each) =>
        each.slice(1, -1).replaceAll("''", "'"),
      );
      return [[name, labels] as const];
    }),
  );
}

/**
 * A type of the backup: the live one of its name, but an enum with the labels that it had.
 * @returns undefined for one that the database does not have, and whose values are not known
 */
export function typeThen(
  text: string,
  live: ReadonlyMap<string, ColumnType>,
  enums: ReadonlyMap<string, string[]>,
): ColumnType | undefined {
  const labels = enums.get(text);
  if (labels) {
    return { text, name: text, modifier: -1, kind: 'e', builtin: false, element: null, domain: null, labels };
  }
  const found = live.get(text);
  if (!text.endsWith('[]')) return found;
  const element = typeThen(text.slice(0, -2), live, enums);
  if (!element) return undefined;
  return found
    ? { ...found, element }
    : { text, name: text, modifier: -1, kind: 'b', builtin: false, element, domain: null, labels: null };
}
