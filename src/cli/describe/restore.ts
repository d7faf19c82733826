import type {
  RestoreDetail,
  RestoreOutlook,
  RestorePage,
  RestorePlan,
  RestoreSummary,
} from '../../api/contract.ts';
import { leftBehindSentence } from '../../contract/left-behind-words.ts';
import { lockSentences } from '../../base/words.ts';
import { runnable } from '../command-name.ts';
import { bold, dim, green, red, yellow } from '../terminal/style.ts';
import { pairs, table } from '../terminal/table.ts';
import { printable } from '../terminal/text.ts';
import { lostLines, replacedLines } from '../../contract/replace-words.ts';
import { lossSentences, wayBackSentence } from '../../contract/undo-words.ts';
import { relative, bytes, count, counted, duration } from '../../base/units.ts';
import { elapsed, localMinute, localTime } from '../terminal/units.ts';
import { stateText } from './backup.ts';
import { describeChosenRows, describePlannedRows } from './chosen-rows.ts';
import { pageFooter } from './page.ts';

/** Of a restore, its plan or its report. */
interface Placed extends Pick<RestoreSummary, 'target'> {
  intoSchema?: string | null;
  as?: string | null;
  removal?: string | undefined;
}

function targetText({ target, intoSchema, as, removal }: Placed): string {
  if (target.mode === 'in-place') {
    const named = [
      ...(intoSchema ? [`into schema ${printable(intoSchema)}`] : []),
      ...(as ? [`as ${printable(as)}`] : []),
    ].join(' ');
    if (named !== '') return named;
    return removal === undefined ? 'in place' : 'beside the live tables';
  }
  const on = target.server === undefined ? '' : ` on ${printable(target.server)}`;
  return `new database ${printable(target.database)}${on}`;
}

function scopeText({
  restoreType,
  tables,
  tenant,
}: Pick<RestoreSummary, 'restoreType' | 'tables' | 'tenant'>): string {
  if (tenant !== null) return `rows of the tenant ${printable(String(tenant.id))}`;
  if (restoreType === 'full') return 'everything';
  return `${restoreType === 'rows' ? 'rows of ' : ''}${printable(tables.join(', '))}`;
}

/** Rows that a restore in place would throw away. */
export function replacedRows(plan: RestorePlan): number {
  return plan.tables.reduce((sum, each) => sum + (each.rowsNow ?? 0), 0);
}

/** @param backup its id or uuid */
export function describePlan(plan: RestoreOutlook, backup: number | string): string {
  const rows = plan.tables.map((each) => [
    printable(each.table),
    each.action,
    count(each.rowsInBackup),
    each.rowsNow === null ? '' : `${each.rowsNowIsEstimate ? '~' : ''}${count(each.rowsNow)}`,
  ]);
  const columns = [
    { title: 'TABLE', atLeast: 24 },
    { title: 'ACTION' },
    { title: 'ROWS IN BACKUP', align: 'right' as const },
    { title: 'ROWS NOW', align: 'right' as const },
  ];
  const sections = [
    bold(
      plan.undo
        ? `Undoing restore ${plan.undo.restoreId} ${plan.undo.byRows ? 'with the rows that it kept' : `from its safety backup ${backup}`} would do this:`
        : `Restoring backup ${backup}, ${targetText(plan)}, would do this:`,
    ),
    plan.rows ? describePlannedRows(plan.rows) : table(columns, rows),
    plan.ranges === undefined ? '' : dim(`${plan.rangesRead} of ${counted(plan.ranges, 'range')} read`),
    list('Shared with others, left alone', plan.shared ?? []),
    list('Create', plan.create),
    list(yellow('Left out'), plan.leftOut),
    list(yellow('Different from the backup, not changed'), plan.differs),
    list('Not in the backup, not changed', plan.extra),
    list('Dropped and added again, which checks them', plan.foreignKeys),
    list(
      yellow('Differ from the backup'),
      plan.drift.map((each) => `${each.table}: ${each.difference}`),
    ),
    list(yellow('Rows are adapted'), plan.adapted.flatMap(adaptedLines)),
    list(yellow('Made again as in the backup'), replacedLines(plan)),
    list('Made again as it is today', plan.remade ?? []),
    list(red('Dropped for good, because it came since'), lostLines(plan)),
    list(
      yellow('Missing roles'),
      plan.missingRoles.map((role) => roleText(role, plan)),
    ),
    list(yellow('Missing tablespaces'), plan.missingTablespaces),
    list(yellow('Extensions that cannot be created'), plan.extensionProblems),
    plan.undo ? list(yellow('Written since'), lossSentences(plan.undo)) : '',
    list(yellow('Note'), plan.warnings),
    plan.removal === undefined ? '' : `To remove it again: ${printable(plan.removal)}`,
    lockSentences(plan).map(printable).join('\n'),
    plan.wayBack === undefined || plan.refusals.length > 0 ? '' : wayBackText(plan),
    refusalText(plan),
    sqlText(plan.statements),
    dim('Nothing was changed.'),
  ];
  return sections.filter((section) => section !== '').join('\n');
}

/** Of rows: what would undo it; nothing where nothing is written. */
function wayBackText({ wayBack = null, rows = [] }: RestoreOutlook): string {
  const writes = rows.some(({ added, changed, removed }) => added + changed + removed > 0);
  return writes ? wayBackSentence(wayBack) : '';
}

/** `app: owns 12 objects, named in 3 (TABLE public.orders, …)` */
function roleText(role: string, { missingRoleUses }: RestorePlan): string {
  const use = missingRoleUses.find((each) => each.role === role);
  if (!use) return role;
  const parts = [
    ...(use.owns > 0 ? [`owns ${counted(use.owns, 'object')}`] : []),
    ...(use.namedIn > 0 ? [`named in ${use.namedIn}`] : []),
  ];
  return `${role}: ${parts.join(', ')} (${use.of.join(', ')}${use.owns + use.namedIn > use.of.length ? ', …' : ''})`;
}

function adaptedLines({ table: name, changes }: RestorePlan['adapted'][number]): string[] {
  return changes.map((change) => `${name}: ${change}`);
}

/** Why it would be refused, and what to do about it. */
function refusalText({ refusals }: RestorePlan): string {
  return refusals
    .flatMap(({ code, message, hint }) => [
      `${red(`Refused: ${code}:`)} ${printable(message)}`,
      ...(hint === undefined ? [] : [dim(`  ${printable(runnable(hint))}`)]),
    ])
    .join('\n');
}

/** Whole, and nothing in it reaches the terminal as anything but text. */
function sqlText(statements: readonly string[] | undefined): string {
  if (statements === undefined) return '';
  const lines = statements
    .flatMap((statement) => statement.split(/\r?\n/))
    .map((line) => `  ${printable(line)}`);
  return [bold('SQL of the backup, in this order:'), ...lines].join('\n');
}

const shown = 20;

function list(title: string, items: readonly string[]): string {
  if (items.length === 0) return '';
  const more = items.length > shown ? [`  … and ${items.length - shown} more (--json shows all)`] : [];
  return [`${title}:`, ...items.slice(0, shown).map((item) => `  ${printable(item)}`), ...more].join('\n');
}

export function describeRestores(page: RestorePage): string {
  if (page.restores.length === 0) return page.total === 0 ? 'Nothing was restored yet.' : 'No more restores.';
  const rows = page.restores.map((restore) => [
    String(restore.id),
    stateText(restore.status),
    localMinute(restore.createdAt),
    String(restore.backupId),
    targetText(restore),
    undoText(restore),
    [scopeText(restore), printable(restore.error?.message ?? '')].filter(Boolean).join(': '),
  ]);
  const lines = table(
    [
      { title: 'ID', align: 'right' },
      { title: 'STATUS' },
      { title: 'STARTED' },
      { title: 'BACKUP', align: 'right' },
      { title: 'TARGET', atLeast: 8 },
      { title: 'UNDO', expendable: 1 },
      { title: 'WHAT', atLeast: 16 },
    ],
    rows,
  );
  return lines + pageFooter(page.restores.length, page);
}

/** What its undo is called, or what became of it. */
function undoText({ id, status, wayBack, undoes, undoneBy }: RestoreSummary): string {
  if (undoneBy !== null) return `by ${undoneBy}`;
  if (undoes !== null) return `of ${undoes}`;
  return status === 'completed' && wayBack !== null ? `undo ${id}` : '';
}

/** One restore, finished or not. */
export function describeRestore(restore: RestoreDetail): string {
  return restore.report === null ? describeUnfinished(restore) : describeFinished(restore, restore.report);
}

type Report = NonNullable<RestoreDetail['report']>;

function describeFinished(restore: RestoreDetail, report: Report): string {
  return describeReport(report, {
    what:
      restore.undoes === null
        ? `Restore ${restore.id} of backup ${restore.backupId} completed`
        : `Restore ${restore.undoes} is undone, by restore ${restore.id} ${restore.restoreType === 'rows' ? 'of the rows that it kept' : `of its safety backup ${restore.backupId}`}`,
    tookMs: elapsed(restore.startedAt, restore.finishedAt),
    undo: restore.wayBack === null || restore.undoneBy !== null ? null : restore.id,
    from: restore.undoes === null ? 'in the backup' : 'before that restore',
  });
}

function provedLines({ chosenRows, adapted }: Report, from: string): string[] {
  if (chosenRows) return [describeChosenRows(chosenRows, from)];
  if (adapted.length === 0) {
    return ['  Proved: every table has exactly the rows of the backup, and all data matched its hash.'];
  }
  return [
    '  Proved: all data matched its hash, and every table has exactly the rows of the backup, as adapted here:',
    ...adapted.flatMap(adaptedLines).map((line) => `    ${printable(line)}`),
  ];
}

/** @param undo the restore, if it can be undone */
export function describeReport(
  report: Report,
  {
    what,
    tookMs,
    undo,
    from = 'in the backup',
  }: { what: string; tookMs: number | null; undo: number | null; from?: string },
): string {
  const figures = [
    counted(report.tables.length, 'table'),
    counted(report.rows, 'row'),
    ...(report.chosenRows ? [] : [bytes(report.rawBytes)]),
    ...(tookMs === null ? [] : [duration(tookMs)]),
  ];
  const lines = [
    `${green('✓')} ${bold(what)}, ${targetText(report)}: ${figures.join(', ')}.`,
    ...provedLines(report, from),
  ];
  if (report.created.length > 0)
    lines.push(
      `  ${counted(report.created.length, 'object')} ${report.removal === undefined ? 'that were missing ' : ''}were created.`,
    );
  if (report.replaced && report.replaced.length > 0)
    lines.push(`  ${counted(report.replaced.length, 'object')} were made again as in the backup.`);
  const exceptions = [
    ['Left without rows, because the refresh failed', report.leftEmpty],
    ['NOT VALID, because rows violate it', report.notValid],
    ['Left out', report.leftOut],
    ['Dropped, because it came since', report.lost ?? []],
  ] as const;
  for (const [kind, names] of exceptions) {
    for (const name of names) lines.push(`  ${yellow(`${kind}:`)} ${printable(name)}`);
  }
  if (report.removal !== undefined) lines.push(`  To remove it again: ${printable(report.removal)}`);
  if (undo !== null) lines.push(runnable(`  To undo it: holdfast undo ${undo}`));
  for (const warning of report.warnings) lines.push(`  ${yellow('Note:')} ${printable(warning)}`);
  return lines.join('\n');
}

function describeUnfinished(restore: RestoreDetail): string {
  const entries: [string, string][] = [
    ['status', stateText(restore.status)],
    ['backup', String(restore.backupId)],
    ['target', targetText(restore)],
    ['of', scopeText(restore)],
    ['started', `${localTime(restore.createdAt)} (${relative(restore.createdAt)})`],
  ];
  if (restore.error !== null) {
    entries.push(['error', `${restore.error.code}: ${printable(restore.error.message)}`]);
    if (restore.error.hint) entries.push(['', printable(runnable(restore.error.hint))]);
  }
  if (restore.leftBehind !== null) {
    const { server, database } = restore.leftBehind;
    entries.push(['left there', printable(`${database}. ${leftBehindSentence(server)}`)]);
  }
  return `${bold(`Restore ${restore.id}`)}\n${pairs(entries)}`;
}
