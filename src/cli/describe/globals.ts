import type { GlobalsPlan, GlobalsReport } from '../../api/contract.ts';
import { counted } from '../../base/units.ts';
import { bold, dim, green, yellow } from '../terminal/style.ts';
import { printable } from '../terminal/text.ts';

/** What a restore of roles and tablespaces would do, and what it would not. */
export function describeGlobalsPlan(plan: GlobalsPlan): string {
  const nothing = changesOf(plan) === 0;
  return [bold(nothing ? 'There is nothing to make.' : 'It would make:'), ...made(plan), ...rest(plan)].join(
    '\n',
  );
}

export function describeGlobalsReport(report: GlobalsReport): string {
  const { undo } = report;
  return [
    `${green('✓')} ${bold(`Made ${counted(changesOf(report), 'change')} of roles and tablespaces.`)}`,
    ...made(report),
    ...rest(report),
    ...(undo.length > 0
      ? ['', dim('To take it back:'), ...undo.map((sql) => dim(`  ${printable(sql)}`))]
      : []),
  ].join('\n');
}

/** How much of it is made or altered. */
function changesOf({ create, different }: GlobalsPlan): number {
  return create.length + different.filter(({ altered }) => altered).length;
}

function made({ create, different }: GlobalsPlan): string[] {
  const value = (text: string | null): string => (text === null || text === '' ? '' : `: ${text}`);
  return [
    ...create.map((each) => `  + ${printable(`${each.what}${value(each.value)}`)}`),
    ...different
      .filter(({ altered }) => altered)
      .map(
        (each) => `  ~ ${printable(`${each.what}${value(each.backup)}, was ${each.server ?? 'not there'}`)}`,
      ),
  ];
}

function rest({ different, present, leftOut, confirm, warnings }: GlobalsPlan): string[] {
  const unconfirmed = new Set(confirm);
  const kept = different.filter(({ what, altered }) => !altered && !unconfirmed.has(what));
  return [
    dim(`  ${counted(present, 'more is', 'more are')} there as in the backup.`),
    ...listed('Different on the server, and kept (--alter makes it as in the backup):', kept, (each) =>
      each.isMissing
        ? each.what
        : `${each.what}: ${each.server ?? 'not shown'}, in the backup ${each.backup ?? 'not shown'}`,
    ),
    ...listed(
      'Gives power, and is made only with --confirm:',
      confirm,
      (what) => `--confirm '${what.replaceAll("'", `'\\''`)}'`,
    ),
    ...listed('Left out:', leftOut, ({ what, reason }) => `${what}: ${reason}`),
    ...warnings.map((warning) => `${yellow('!')} ${printable(warning)}`),
  ];
}

function listed<T>(title: string, items: readonly T[], words: (item: T) => string): string[] {
  return items.length === 0 ? [] : [title, ...items.map((item) => `  ${printable(words(item))}`)];
}
