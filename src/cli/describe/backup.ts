/*
 * describe/ owns answers of the API as text for a terminal, as pure functions. It never calls the API.
 */
import type { BackupDetail, BackupPage, BackupSummary, DeleteAnswer } from '../../api/contract.ts';
import type { GlobalsContents } from '../../contract/globals-contents.ts';
import { countedTables } from '../../base/words.ts';
import { runnable } from '../command-name.ts';
import { bold, dim, green, red, yellow } from '../terminal/style.ts';
import { pairs, table } from '../terminal/table.ts';
import { fitted, printable } from '../terminal/text.ts';
import { relative, bytes, count, counted, duration } from '../../base/units.ts';
import { elapsed, localMinute, localTime } from '../terminal/units.ts';
import { describePlace } from './copy.ts';
import { pageFooter } from './page.ts';

type Warnings = NonNullable<BackupDetail['contents']>['warnings'];

/** A state in the colour of how it is. */
export function stateText(status: BackupSummary['status']): string {
  if (status === 'completed') return green(status);
  return status === 'queued' || status === 'running' ? yellow(status) : red(status);
}

const scopes: Record<BackupSummary['type'], (tables: readonly string[]) => string> = {
  full: () => 'everything',
  partial: (tables) => printable(tables.join(', ')),
  globals: () => 'roles and tablespaces',
};

/** What a backup is of: `everything`, names of tables, `roles and tablespaces`. */
export function scope({ type, tables }: Pick<BackupSummary, 'type' | 'tables'>): string {
  return scopes[type](tables);
}

/** `completed 5 minutes ago, everything` — for a question about it. */
export function describeOne(backup: BackupSummary): string {
  return `${backup.status}, ${relative(backup.finishedAt ?? backup.createdAt)}, ${fitted(scope(backup), 60)}`;
}

export function describeFinishedBackup(backup: BackupSummary, warnings: Warnings): string {
  const took = elapsed(backup.startedAt, backup.finishedAt);
  const figures = [
    ...(backup.type === 'globals' ? [scope(backup)] : sizesOf(backup)),
    ...(took === null ? [] : [duration(took)]),
  ];
  const line = `${green('✓')} ${bold(`Backup ${backup.id} completed`)}: ${figures.join(', ')}.`;
  return [line, ...describeWarnings(warnings)].join('\n');
}

function sizesOf(backup: BackupSummary): string[] {
  return [
    counted(backup.tableCount ?? 0, 'table'),
    counted(backup.rowCount ?? 0, 'row'),
    `${bytes(backup.rawBytes ?? 0)} in ${bytes(backup.storedBytes ?? 0)}`,
  ];
}

/** What a completed backup warns about, a line each; every row it was asked for is in it nevertheless. */
export function describeWarnings(warnings: Warnings): string[] {
  return warnings.map(
    ({ code, message }) => `  ${yellow('Warning:')} ${printable(message)} ${dim(`(${code})`)}`,
  );
}

export function describeBackups(page: BackupPage): string {
  if (page.backups.length === 0) {
    return page.total === 0 ? runnable('No backups yet. Take one with: holdfast backup') : 'No more backups.';
  }
  const rows = page.backups.map((backup) => [
    String(backup.id),
    backup.damaged ? red('damaged') : stateText(backup.status),
    localMinute(backup.createdAt),
    backup.tableCount === null ? '' : count(backup.tableCount),
    backup.rowCount === null ? '' : count(backup.rowCount),
    backup.storedBytes === null ? '' : bytes(backup.storedBytes),
    backup.trigger,
    [scope(backup), printable(backup.description ?? backup.error?.message ?? '')].filter(Boolean).join(': '),
  ]);
  const lines = table(
    [
      { title: 'ID', align: 'right' },
      { title: 'STATUS' },
      { title: 'STARTED' },
      { title: 'TABLES', align: 'right', expendable: 2 },
      { title: 'ROWS', align: 'right' },
      { title: 'STORED', align: 'right', expendable: 1 },
      { title: 'BY', expendable: 3 },
      { title: 'WHAT', atLeast: 16 },
    ],
    rows,
  );
  return lines + pageFooter(page.backups.length, page);
}

export function describeBackup(backup: BackupDetail): string {
  const took = elapsed(backup.startedAt, backup.finishedAt);
  const entries: [string, string][] = [
    ['status', stateText(backup.status)],
    ['of', scope(backup)],
    ['started', `${localTime(backup.createdAt)} (${relative(backup.createdAt)}), ${backup.trigger}`],
  ];
  if (took !== null) entries.push(['took', duration(took)]);
  if (backup.description !== null) entries.push(['note', printable(backup.description)]);
  if (backup.rowCount !== null && backup.type !== 'globals') {
    entries.push(
      [
        'rows',
        `${count(backup.rowCount)} in ${countedTables(backup.tableCount ?? 0, backup.contents?.partitions ?? 0)}`,
      ],
      [
        'size',
        `${bytes(backup.rawBytes ?? 0)} as text, ${bytes(backup.storedBytes ?? 0)} stored (${backup.store})`,
      ],
    );
  }
  for (const [i, copy] of backup.copies.entries())
    entries.push([i === 0 ? 'copies' : '', describePlace(copy)]);
  if (backup.damaged) {
    const what = backup.damage ? printable(backup.damage.message) : 'yes: parts of it cannot be restored';
    entries.push(['damaged', red(what)], ['', damageHint]);
    const { tables } = backup.damage ?? { tables: [] };
    if (tables.length > 0) entries.push(['', `affects ${fitted(printable(tables.join(', ')), 200)}`]);
  } else if (backup.verifiedAt !== null) entries.push(['verified', relative(backup.verifiedAt)]);
  if (backup.pinned) entries.push(['pinned', 'the retention policy never deletes it']);
  if (backup.serverVersion !== null) entries.push(['server', `PostgreSQL ${backup.serverVersion}`]);
  entries.push(['uuid', backup.uuid]);
  if (backup.error !== null) {
    entries.push(['error', `${backup.error.code}: ${printable(backup.error.message)}`]);
    if (backup.error.hint) entries.push(['', printable(runnable(backup.error.hint))]);
  }
  const head = [
    bold(`Backup ${backup.id}`),
    pairs(entries),
    ...describeWarnings(backup.contents?.warnings ?? []),
  ].join('\n');
  return backup.contents === null ? head : `${head}\n\n${describeContents(backup.contents)}`;
}

const damageHint =
  'Take a new backup: it stores again what the database still holds, which can repair this one too.';

export function describeContents(contents: NonNullable<BackupDetail['contents']>): string {
  if (contents.globals) return describeGlobals(contents, contents.globals);
  const rows = contents.tables.map((each) => [
    printable(each.table),
    count(each.rows),
    bytes(each.rawBytes),
    bytes(each.storedBytes),
    printable(each.reuse?.reason ?? ''),
  ]);
  const list = table(
    [
      { title: 'TABLE', atLeast: 24 },
      { title: 'ROWS', align: 'right' },
      { title: 'AS TEXT', align: 'right', expendable: 1 },
      { title: 'STORED', align: 'right' },
      { title: 'READ', expendable: 2 },
    ],
    rows,
  );
  const also = [
    contents.sequences > 0 ? counted(contents.sequences, 'sequence') : '',
    contents.largeObjects > 0 ? counted(contents.largeObjects, 'large object') : '',
    contents.extensions.length > 0 ? `extensions ${contents.extensions.map(printable).join(', ')}` : '',
    contents.roles.length > 0 ? `names the roles ${contents.roles.map(printable).join(', ')}` : '',
  ].filter((part) => part !== '');
  const note = dim(
    `Database ${printable(contents.database)} as of ${localTime(contents.snapshotAt)}${also.length > 0 ? `; ${also.join('; ')}` : ''}.`,
  );
  return `${list}\n${note}`;
}

const passwordWords: Record<GlobalsContents['passwords'], string> = {
  none: 'Without passwords: each role needs a new one.',
  sealed: 'With password hashes, for encrypted stores alone.',
  anywhere: 'With password hashes.',
};

function describeGlobals(
  { database, snapshotAt }: Pick<NonNullable<BackupDetail['contents']>, 'database' | 'snapshotAt'>,
  { roles, memberships, settings, parameters, tablespaces, passwords }: GlobalsContents,
): string {
  const entries: [string, string][] = [
    ['roles', `${count(roles.length)}: ${printable(roles.join(', '))}`],
    ['memberships', count(memberships)],
    ['settings', count(settings)],
    ['parameters', printable(parameters.join(', ')) || 'no privileges on any'],
    [
      'tablespaces',
      tablespaces.map(({ name, location }) => printable(`${name} at ${location || 'the data'}`)).join(', ') ||
        'none',
    ],
  ];
  const note = `The server of database ${printable(database)} as of ${localTime(snapshotAt)}. ${passwordWords[passwords]}`;
  return `${pairs(entries)}\n${dim(note)}`;
}

export function describeDeletion(answer: DeleteAnswer): string {
  if (answer.cleanupPending) return answer.message;
  return `${answer.message} ${bytes(answer.bytesFreed)} were freed.`;
}
