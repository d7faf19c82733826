/*
 * commands/ owns one file per command: its options, help and call. It never holds a rule of backups or restores.
 */
import { Option, type Command } from 'commander';
import { positiveInteger, several, tableList } from '../arguments.ts';
import { action, examples } from '../invocation.ts';

interface BackupOptions {
  tables?: string[];
  description?: string;
  jobs?: number;
  store?: string;
  copyTo?: string[];
  full?: boolean;
  maxWorkers?: number;
  globals?: boolean;
  passwords?: 'sealed' | 'anywhere';
}

export function addBackupCommand(program: Command): void {
  program
    .command('backup')
    .summary('take a backup')
    .description(
      'Takes a backup of everything, or of chosen tables with what belongs to them, as of one moment.\nReads and writes continue meanwhile; only changes of table definitions have to wait.',
    )
    .option('-t, --tables <names>', 'only these: orders,sales.invoices,sales.*', tableList)
    .option('--globals', 'the roles and tablespaces of the server, which belong to no database')
    .addOption(
      new Option(
        '--passwords <stores>',
        'with --globals: password hashes too, into encrypted stores alone or into any',
      ).choices(['sealed', 'anywhere']),
    )
    .option('-d, --description <text>', 'a note to recognize it by')
    .option(
      '-j, --jobs <number>',
      'connections that read in parallel (default: HOLDFAST_JOBS, or 2)',
      positiveInteger,
    )
    .option(
      '--max-workers <number>',
      'machines that may work on it at once, with workers that run elsewhere (default: HOLDFAST_MAX_WORKERS, or 1)',
      positiveInteger,
    )
    .option('--full', 'read everything, also what has not changed since an earlier backup')
    .option(
      '--store <store>',
      'where it is written: a name or an address (default: HOLDFAST_STORE, or database:)',
    )
    .option(
      '--copy-to <store>',
      'where it is copied to; may be given several times (default: HOLDFAST_COPY_TO)',
      several,
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast backup', 'everything'],
        ['holdfast backup --tables orders,sales.* --description "before the migration"', 'chosen tables'],
        ['holdfast backup --globals', 'roles and tablespaces, without passwords'],
        ['holdfast backup --store s3://backups/shop', 'into a store outside the database, this once'],
        [
          'holdfast backup --quiet --json',
          'in a script: one JSON document, exit code 0 only when it has completed',
        ],
      ]),
    )
    .action(
      action<BackupOptions>(
        async (
          invocation,
          { tables = [], globals = false, passwords, description, full = false, maxWorkers, ...overrides },
        ) => {
          const type = globals ? 'globals' : tables.length === 0 ? 'full' : 'partial';
          if (!globals) {
            // It starts on another core while the rest is loaded.
            const { prepareDumpThread } = await import('../../postgres/pg-dump/thread.ts');
            prepareDumpThread();
          }
          const [
            { withApi },
            { follow },
            { followCopies },
            { describeFinishedBackup },
            { describeCopy },
            { describeAlarm },
          ] = await Promise.all([
            import('../system.ts'),
            import('../follow.ts'),
            import('../copies.ts'),
            import('../describe/backup.ts'),
            import('../describe/copy.ts'),
            import('../describe/findings.ts'),
          ]);
          const { backup, warnings, copies, alarms } = await withApi(
            invocation,
            async (api) => {
              const finished = await follow(invocation, {
                noun: 'Backup',
                start: () =>
                  api.createBackup({
                    type,
                    tables,
                    ...(passwords === undefined ? {} : { passwords }),
                    full,
                    ...(maxWorkers === undefined ? {} : { maxWorkers }),
                    ...(description === undefined ? {} : { description }),
                  }),
                wait: (id, onProgress) => api.waitForBackup(id, { onProgress }),
                cancel: (id) => api.cancelBackup(id),
                afterCancel:
                  'A backup only reads: nothing in your tables changed. It cannot be restored; take a new one when you need it.',
              });
              const detail = finished.warningCount ? await api.getBackup(finished.id) : undefined;
              const copies = await followCopies(invocation, api, finished);
              const { findings } = await api.listFindings({ state: 'open' });
              const alarms = findings.filter(({ backupId }) => backupId === finished.id);
              return { backup: finished, warnings: detail?.contents?.warnings ?? [], copies, alarms };
            },
            overrides,
          );
          return {
            document: { success: true, backup, warnings, copies, findings: alarms },
            text: [
              describeFinishedBackup(backup, warnings),
              ...copies.map(describeCopy),
              ...alarms.map(describeAlarm),
            ].join('\n'),
          };
        },
      ),
    );
}
