import type { LiveColumn } from '../../postgres/inspect/column-types.ts';
import type { Adaptation } from './adapt.ts';

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
