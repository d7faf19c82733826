import type { PlannedRows, RestoredRows, SampleRow } from '../../contract/chosen-rows.ts';
import { count, counted } from '../../base/units.ts';
import { dim, yellow } from '../terminal/style.ts';
import { table } from '../terminal/table.ts';
import { printable } from '../terminal/text.ts';

/** What a restore of rows would do: the counts, and the first rows column by column. */
export function describePlannedRows(planned: readonly PlannedRows[]): string {
  const right = { align: 'right' as const };
  const counts = table(
    [
      { title: 'TABLE', atLeast: 24 },
      { title: 'ADDED', ...right },
      { title: 'CHANGED', ...right },
      { title: 'UNCHANGED', ...right },
      { title: 'SKIPPED', ...right },
      { title: 'CONFLICTING', ...right },
      { title: 'COMPARED BY', atLeast: 8 },
    ],
    planned.map((each) => [
      printable(each.table),
      count(each.added),
      count(each.changed),
      count(each.unchanged),
      count(each.skipped),
      count(each.conflicting),
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
    change === 'added'
      ? `  ${printable(column)}: ${shown(backup)}`
      : `  ${printable(column)}: ${shown(now)} ${dim('now,')} ${shown(backup)} ${dim('in the backup')}`,
  );
  return [title, ...values].join('\n');
}

function shown(value: string | null): string {
  return value === null ? dim('NULL') : printable(JSON.stringify(value));
}

/** `adds 2 rows to public.orders and changes 1`. */
export function plannedWords(planned: readonly PlannedRows[]): string {
  const sums = planned
    .filter(({ added, changed }) => added + changed > 0)
    .map((each) => `${printable(each.table)} (${count(each.added)} added, ${count(each.changed)} changed)`);
  return `puts rows back: ${sums.join(', ')}`;
}

export function describeChosenRows(restored: readonly RestoredRows[]): string {
  const lines = restored.map(
    (each) =>
      `  ${printable(each.table)}: ${counted(each.added, 'row')} added, ${count(each.changed)} changed, ${count(each.unchanged)} unchanged, ${count(each.skipped)} skipped`,
  );
  return [
    ...lines,
    '  Proved: each of these rows with a key is as in the backup, but those that were skipped.',
  ].join('\n');
}
