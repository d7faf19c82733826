import type { Manifest, ManifestTable } from '../../format/manifest.ts';
import type { LiveColumn } from '../../postgres/inspect/column-types.ts';
import type { Adaptation } from './adapt.ts';

const identifier = String.raw`(?:"(?:[^"]|"")*"|[^\s",()]+)`;
const keyPattern = new RegExp(
  String.raw`ADD CONSTRAINT ${identifier} (?:PRIMARY KEY|UNIQUE) \((${identifier}(?:, ${identifier})*)\)`,
);

/** The columns by which rows of a table of the backup differ: of keys none of whose columns may be NULL. */
export function uniqueKeysThen({ schema }: Manifest, table: ManifestTable): string[][] {
  const required = new Set(table.columns.filter(({ notNull }) => notNull).map(({ name }) => name));
  return schema.entries.flatMap(({ kind, dependsOn, sql }) => {
    if (kind !== 'CONSTRAINT' || table.entryId === null || !dependsOn.includes(table.entryId)) return [];
    const list = keyPattern.exec(sql)?.[1];
    const names = (list?.match(new RegExp(identifier, 'g')) ?? []).map(unquoted);
    return names.length > 0 && names.every((name) => required.has(name)) ? [names] : [];
  });
}

/**
 * What is known of a primary key of today for rows of the backup: each has a key of its own, all have the same, or the rows
 * decide.
 */
export function keyOfToday(
  key: readonly string[],
  { columns, filled }: Pick<Adaptation, 'columns' | 'filled'>,
  live: readonly LiveColumn[],
  uniqueKeys: readonly (readonly string[])[],
): 'distinct' | 'equal' | 'depends' {
  const now = new Map(
    columns.map(({ from, to, values }) => [from, Object.keys(values).length > 0 ? null : to]),
  );
  const inKey = new Set(key);
  const implied = uniqueKeys.some((names) =>
    names.every((name) => {
      const to = now.get(name);
      return typeof to === 'string' && inKey.has(to);
    }),
  );
  if (implied) return 'distinct';
  const constants = new Set(filled.map(({ name }) => name));
  const isNew = (name: string): boolean => !columns.some(({ to }) => to === name);
  const drawn = live.filter(
    ({ name, identity, default: expression }) =>
      inKey.has(name) && isNew(name) && !constants.has(name) && (identity || isDrawn(expression)),
  );
  if (drawn.length > 0) return 'distinct';
  return key.every(isNew) ? 'equal' : 'depends';
}

/** Whether a default is another value for each row. */
function isDrawn(expression: string | null): boolean {
  return expression !== null && /\b(?:nextval|gen_random_uuid|uuid\w*)\(/.test(expression);
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
