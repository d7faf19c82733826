import { fieldOf } from '../../format/copy-fields.ts';
import { fieldRewriter, type FieldRewriter, type FieldRule } from '../../format/field-rewriter.ts';
import { columnList } from '../../postgres/ranges.ts';
import { quoteName } from '../../postgres/identifiers.ts';
import type { AdaptedColumn, Adaptation, PutIn } from './adapt.ts';
import { converterOf } from './convert.ts';

/** The statement that takes the rows of the backup. @param options of the COPY, with a space before them */
export function copyAdapted({ target, columns, filled }: Adaptation, options: string): string {
  const names = [...columns.flatMap(({ to }) => to ?? []), ...filled.map(({ name }) => name)];
  return `copy ${quoteName(target)}${columnList(names)} from stdin${options}`;
}

/** The statement that gives what was loaded back, in the form of the backup. */
export function copyBack({ target, partitioned, columns, filled }: Adaptation): string {
  const values = [
    ...columns.flatMap(({ to, readBack }) => (to === null ? [] : readBack)),
    ...filled.map(({ name }) => columnList([name]).slice(2, -1)),
  ];
  return `copy (select ${values.join(', ')} from ${partitioned ? '' : 'only '}${quoteName(target)}) to stdout`;
}

/** Makes of lines of the backup those that the live table takes; undefined where they are the same. */
export function linesToSend({ columns, filled }: Adaptation): FieldRewriter | undefined {
  const rules = columns.map((column) => ruleOf(column, 'text', converterOf(column.conversion)));
  return rewriterOf(rules, filled, 'text');
}

/** Makes of lines of the backup those that `copyBack` must give; undefined where they are the same. */
export function linesToReadBack({ columns, filled }: Adaptation): FieldRewriter | undefined {
  const rules = columns.map((column) => ruleOf(column, 'readBack'));
  return rewriterOf(rules, filled, 'readBack');
}

function rewriterOf(
  rules: FieldRule[],
  filled: Adaptation['filled'],
  form: keyof PutIn,
): FieldRewriter | undefined {
  if (filled.length === 0 && rules.every(({ keep, change }) => keep && !change)) return undefined;
  const added = filled.map(({ value }) => fieldOf(value[form]));
  // The lines of a table without columns are empty.
  return fieldRewriter(rules.length === 0 ? [{ keep: false }] : rules, added);
}

function ruleOf(
  { to, whenNull, values }: AdaptedColumn,
  form: keyof PutIn,
  convert?: (field: Uint8Array) => Uint8Array | undefined,
): FieldRule {
  if (to === null) return { keep: false };
  const replaced = new Map<string, Uint8Array>(
    Object.entries(values).map(([old, value]) => [key(fieldOf(old)), fieldOf(value[form])]),
  );
  if (whenNull) replaced.set(key(fieldOf(null)), fieldOf(whenNull[form]));
  if (replaced.size === 0) return { keep: true, ...(convert ? { change: convert } : {}) };
  return {
    keep: true,
    change: (field) => replaced.get(key(field)) ?? convert?.(field),
    ...(convert ? {} : { longestBytes: Math.max(...[...replaced.keys()].map(({ length }) => length)) }),
  };
}

/** Bytes as a text of one character each. */
function key(field: Uint8Array): string {
  return Buffer.from(field.buffer, field.byteOffset, field.length).toString('latin1');
}
