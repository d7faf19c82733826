import type { BackupSummary } from '../../api/contract.ts';
import { redact } from '../../base/redaction.ts';
import { bold, cyan, dim, green } from '../terminal/style.ts';
import { relative, counted } from '../../base/units.ts';
import { shellWord } from '../../base/shell-word.ts';

export interface Welcome {
  /** Of the API, base path included. */
  url: string;
  /** Null when it came from HOLDFAST_TOKEN: it is known already and must not be logged. */
  token: string | null;
  connectionString: string;
  /** Whether this is our own database with the sample shop. */
  sample: boolean;
  serverVersion: string;
  backup: BackupSummary | null;
  /** Where it is besides, as addresses. */
  copies: readonly string[];
  /** How the command line is called from here. */
  command: string;
}

export function welcomeText(welcome: Welcome): string {
  const { url, token, sample, backup } = welcome;
  const where = sample ? dim('  (in .holdfast/)') : '';
  const facts: [string, string][] = [
    ['API', cyan(url)],
    ['described in', `${url}/openapi.json`],
    [
      'token',
      token === null
        ? 'the one in HOLDFAST_TOKEN'
        : `${token}${dim('  (until Ctrl-C; HOLDFAST_TOKEN sets your own)')}`,
    ],
    ['database', sample ? welcome.connectionString : redact(welcome.connectionString)],
    ['server', `PostgreSQL ${welcome.serverVersion}${where}`],
  ];
  if (backup !== null) {
    const size = `${counted(backup.tableCount ?? 0, 'table')}, ${counted(backup.rowCount ?? 0, 'row')}`;
    facts.push(['last backup', `${backup.id}, ${relative(backup.finishedAt ?? backup.createdAt)}: ${size}`]);
  }
  if (welcome.copies.length > 0) facts.push(['copied to', welcome.copies.join(', ')]);
  const widest = Math.max(...facts.map(([name]) => name.length));
  return [
    '',
    `${green('✓')} ${bold('Holdfast is running.')}`,
    '',
    ...facts.map(([name, value]) => `  ${dim(name.padEnd(widest))}  ${value}`),
    '',
    bold('Now try this, in a second terminal in this folder:'),
    '',
    ...tryLines(welcome).map((line) =>
      line.startsWith('#') ? `  ${dim(line)}` : line === '' ? '' : `  ${line}`,
    ),
    '',
    dim(
      sample
        ? 'Ctrl-C stops everything. The database is kept in .holdfast/; delete that folder to start over.'
        : "Ctrl-C stops the API. In your database, only Holdfast's own tables were created.",
    ),
    '',
    `${bold('Or open the admin page')}${token === null ? '' : ', signed in, at this address'}:`,
    '',
    `  ${cyan(pageAddress(welcome))}`,
  ].join('\n');
}

/** What follows # stays in the browser: the token is in no log of any server, and the page takes it out of the address. */
function pageAddress({ url, token }: Welcome): string {
  return `${url}/ui/${token === null ? '' : `#token=${token}`}`;
}

/** Shell lines, each to be copied unchanged. */
export function tryLines({ url, token, connectionString, sample, backup, command }: Welcome): string[] {
  const id = backup?.id ?? 1;
  const json = `-H 'Content-Type: application/json'`;
  const begin = [
    `export API=${shellWord(url)}`,
    `export AUTH='Authorization: Bearer ${token ?? '<your HOLDFAST_TOKEN>'}'`,
  ];
  const look = ['# Look at the backups', `curl -sS -w '\\n' "$API/backup" -H "$AUTH"`];
  if (!sample) {
    return [
      ...begin,
      '',
      ...look,
      '',
      '# Show what a restore would do; changes nothing',
      `${command} restore ${id} --dry-run`,
      '',
      '# Test the backup: restore it into a new database',
      `curl -sS -w '\\n' -X POST "$API/restore?wait=true" -H "$AUTH" ${json} \\`,
      `  -d '{"backupId":${id},"target":{"mode":"new-database","database":"holdfast_trial"}}'`,
    ];
  }
  return [
    ...begin,
    `export DATABASE_URL=${shellWord(connectionString)}`,
    '',
    ...look,
    '',
    '# Drop a table',
    `${command} sql 'select count(*) from orders'`,
    `${command} sql 'drop table orders cascade'`,
    '',
    '# Restore it, with everything that was dropped with it',
    `curl -sS -w '\\n' -X POST "$API/restore?wait=true" -H "$AUTH" ${json} \\`,
    `  -d '{"backupId":${id},"restoreType":"partial","tables":["orders"]}'`,
    '',
    '# Count its rows again, and those of a view that was dropped with it',
    `${command} sql 'select count(*) from orders'`,
    `${command} sql 'select count(*) from order_summaries'`,
  ];
}
