import { Option, type Command } from 'commander';
import { positiveInteger, tableList } from '../arguments.ts';
import { action, examples } from '../invocation.ts';

export interface RestoreOptions {
  tables?: string[];
  toDatabase?: string;
  dryRun?: boolean;
  /** Commander makes `--no-…` options true unless given. */
  safetyBackup: boolean;
  owners: boolean;
  onRefreshFailure: 'fail' | 'leave-empty';
  onInvalid: 'fail' | 'not-valid';
  withoutExtension?: string[];
  fromOtherDatabase?: boolean;
  showSql?: boolean;
  yes?: boolean;
  jobs?: number;
}

export function addRestoreCommand(program: Command): void {
  program
    .command('restore')
    .argument('<id>', 'of the backup', positiveInteger)
    .option('-t, --tables <names>', 'only these: orders,sales.invoices,sales.*', tableList)
    .option('--to-database <name>', 'restore into a new database of this name instead of in place')
    .option('--dry-run', 'only say what it would do')
    .option('--show-sql', 'with --dry-run: also the SQL of the backup that it would run, in order')
    .option('--from-other-database', 'in place, although the backup is of another database')
    .option('--no-safety-backup', 'in place: do not back up first what is about to be overwritten')
    .option('--no-owners', 'leave owners and privileges out; everything belongs to the restoring role')
    .addOption(
      new Option('--on-refresh-failure <what>', 'when a materialized view cannot be refreshed')
        .choices(['fail', 'leave-empty'])
        .default('fail'),
    )
    .addOption(
      new Option('--on-invalid <what>', 'when rows violate a foreign key or CHECK')
        .choices(['fail', 'not-valid'])
        .default('fail'),
    )
    .option('--without-extension <names>', 'leave these extensions out, and all that needs them', tableList)
    .option(
      '-j, --jobs <number>',
      'connections that write at once (default: HOLDFAST_JOBS, or 2)',
      positiveInteger,
    )
    .option('-y, --yes', 'in place: do not ask')
    .summary('bring a backup back, in place or into a new database')
    .description(
      'Brings a backup back. In place is one transaction: either everything is as in the backup, or nothing has\nchanged; a safety backup is taken first, so that it can be undone. A restore has succeeded only when every row\nhas been counted and everything read has matched its hash.',
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast restore 12 --tables orders --dry-run', 'what would bringing back one table do?'],
        ['holdfast restore 12 --tables orders', 'bring back one table; asks first'],
        ['holdfast restore 12 --to-database shop_copy', 'a look at everything, beside the live database'],
        [
          'holdfast restore 12 --to-database copy --without-extension pg_cron',
          'where pg_cron cannot be made',
        ],
        ['holdfast restore 12 --yes --json', 'everything, in a script'],
      ]),
    )
    .action(
      action<RestoreOptions>(async (invocation, options, [text]) => {
        const [{ withApi }, { restore }] = await Promise.all([
          import('../system.ts'),
          import('../restore.ts'),
        ]);
        return await withApi(
          invocation,
          (api) => restore(api, invocation, Number(text), options),
          options.jobs,
        );
      }),
    );
}
