import type { PlannedRows, RestoredRows, SampleRow } from '../../contract/chosen-rows.ts';
import { count, counted } from '../../base/units.ts';
import { dim, yellow } from '../terminal/style.ts';
import { table } from '../terminal/table.ts';
import { printable } from '../terminal/text.ts';

/** What a restore of rows would do: the counts, and the first rows column by column. */
export function describePlannedRows(planned: readonly PlannedRows[]): string {
  const right = { align: 'right' as const };
  const removes = planned.some(({ removed }) => removed > 0);
  const counts = table(
    [
      { title: 'TABLE', atLeast: 24 },
      { title: 'ADDED', ...right },
      { title: 'CHANGED', ...right },
      { title: 'UNCHANGED', ...right },
      { title: 'SKIPPED', ...right },
      { title: 'CONFLICTING', ...right },
      ...(removes ? [{ title: 'REMOVED', ...right }] : []),
      { title: 'COMPARED BY', atLeast: 8 },
    ],
    planned.map((each) => [
      printable(each.table),
      count(each.added),
      count(each.changed),
      count(each.unchanged),
      count(each.skipped),
      count(each.conflicting),
      ...(removes ? [count(each.removed)] : []),
      printable(each.key?.join(', ') ?? 'nothing: no key'),
    ]),
  );
  const samples = planned.flatMap(({ table: name, sample }) => sample.map((row) => sampleText(name, row)));
  return [counts, ...samples].join('\n');
}

function sampleText(name: string, { change, key, columns }: SampleRow): string {
  const of = Object.entries(key).map(([column, value]) => `${column} ${value ?? 'NULL'}`);
  const title = `${change === 'added' ? change : yellow(change)} ${printable(name)} ${printable(of.join(', '))}`;
  const values = columns.map(({ name: column, now, backup }) =>
    change === 'added' || change === 'removed'
      ? `  ${printable(column)}: ${shown(change === 'added' ? backup : now)}`
      : `  ${printable(column)}: ${shown(now)} ${dim('now,')} ${shown(backup)} ${dim('in the backup')}`,
  );
  return [title, ...values].join('\n');
}

function shown(value: string | null): string {
  return value === null ? dim('NULL') : printable(JSON.stringify(value));
}

/** `puts rows back: public.orders (2 added, 1 changed)`. */
export function plannedWords(planned: readonly PlannedRows[]): string {
  const sums = planned
    .filter(({ added, changed, removed }) => added + changed + removed > 0)
    .map(
      (each) =>
        `${printable(each.table)} (${count(each.added)} added, ${count(each.changed)} changed${removedWords(each)})`,
    );
  return `puts rows back: ${sums.join(', ')}`;
}

/** @param from where they were taken from */
export function describeChosenRows(restored: readonly RestoredRows[], from: string): string {
  const lines = restored.map(
    (each) =>
      `  ${printable(each.table)}: ${counted(each.added, 'row')} added, ${count(each.changed)} changed, ${count(each.unchanged)} unchanged, ${count(each.skipped)} skipped${removedWords(each)}`,
  );
  return [
    ...lines,
    `  Proved: each of these rows with a key is as ${from}, but those that were skipped.`,
  ].join('\n');
}

function removedWords({ removed }: Pick<RestoredRows, 'removed'>): string {
  return removed > 0 ? `, ${count(removed)} removed` : '';
}
