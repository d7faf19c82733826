import type { Announcement, Finding, FindingsAnswer } from '../../api/contract.ts';
import { counted, relative } from '../../base/units.ts';
import { brakeSentence } from '../../contract/finding-words.ts';
import { runnable } from '../command-name.ts';
import { bold, dim, green, red, yellow } from '../terminal/style.ts';
import { printable } from '../terminal/text.ts';
import { localTime } from '../terminal/units.ts';

export function describeFindings({ findings, brake }: FindingsAnswer): string {
  if (findings.length === 0) return `${green('✓')} Nothing looks like damage.`;
  const lines = findings.map(
    (finding) =>
      `${mark(finding)} ${bold(`Finding ${finding.id}`)}, ${finding.state}, ${relative(finding.foundAt)}: ${printable(finding.message)}`,
  );
  if (brake) lines.push(`${yellow('!')} ${brakeSentence(brake, localTime)}`);
  const open = findings.find(({ state }) => state === 'open');
  return open ? [...lines, whatToDo(open)].join('\n') : lines.join('\n');
}

export function describeFinding(finding: Finding): string {
  const { id, state, signs, total, backupId, backupAt, explanation, note, decidedAt } = finding;
  const lines = [
    `${mark(finding)} ${bold(`Finding ${id}`)}, ${state}: backup ${backupId}, as of ${localTime(backupAt)}`,
    ...signs.map(
      ({ message, settled }) =>
        `  ${settled === null ? red('•') : green('✓')} ${printable(message)}${dim(settled ? ` (${settled})` : '')}`,
    ),
  ];
  if (total > signs.length) lines.push(`  and ${counted(total - signs.length, 'more table')}`);
  if (explanation !== null) lines.push(`  ${printable(explanation)}`);
  if (decidedAt !== null)
    lines.push(dim(`  decided ${relative(decidedAt)}${note === null ? '' : `: ${printable(note)}`}`));
  if (state === 'open') lines.push(whatToDo(finding));
  return lines.join('\n');
}

/** As a backup that has just completed says it. */
export function describeAlarm(finding: Finding): string {
  return `${red('!')} ${printable(finding.message)}\n${whatToDo(finding)}`;
}

function whatToDo({ id, withoutId, signs }: Finding): string {
  const tables = [...new Set(signs.filter(({ settled }) => settled === null).map(({ table }) => table))];
  const named = tables.length > 0 && tables.length <= 5 && tables.every((table) => /^\w+\.\w+$/.test(table));
  const restore =
    withoutId === null
      ? ''
      : `Restore what was damaged: holdfast restore ${withoutId}${named ? ` --tables ${tables.join(',')}` : ''}\n  `;
  return runnable(`  ${restore}If it is meant to be so: holdfast findings accept ${id}`);
}

function mark({ state }: Finding): string {
  return state === 'open' ? red('!') : green('✓');
}

export function describeAnnouncements(announcements: readonly Announcement[]): string {
  if (announcements.length === 0) return 'Nothing is announced.';
  return announcements
    .map(({ id, tables, until, reason }) => {
      const what = tables.length === 0 ? 'the whole database' : printable(tables.join(', '));
      return `${green('✓')} Announcement ${id}, until ${localTime(until)}, ${what}: ${printable(reason)}`;
    })
    .join('\n');
}
