import { Option, type Command } from 'commander';
import { addAloneOptions, namedBackup, usage, type AloneOptions } from '../alone/options.ts';
import type { AdaptOptions } from '../adapt.ts';
import { backupName, positiveInteger, roleMapping, several, tableList } from '../arguments.ts';
import type { ChosenRowsOptions } from '../chosen-rows.ts';
import { action, examples } from '../invocation.ts';

export interface RestoreOptions extends AloneOptions, AdaptOptions, ChosenRowsOptions {
  to?: string;
  /** The same. */
  toUrl?: string;
  tables?: string[];
  schemas?: string[];
  content: 'all' | 'schema' | 'data';
  intoSchema?: string;
  as?: string;
  toDatabase?: string;
  dryRun?: boolean;
  /** Commander makes `--no-…` options true unless given. */
  safetyBackup: boolean;
  wholeSafetyBackup?: boolean;
  owners: boolean;
  mapRole?: Record<string, string>;
  onMissingTablespace: 'fail' | 'default';
  extensionVersions: 'newest' | 'same';
  onRefreshFailure: 'fail' | 'leave-empty';
  onInvalid: 'fail' | 'not-valid';
  withoutExtension?: string[];
  fromOtherDatabase?: boolean;
  showSql?: boolean;
  yes?: boolean;
  jobs?: number;
  maxWorkers?: number;
}

export function addRestoreCommand(program: Command): void {
  const command = program
    .command('restore')
    .argument('[id]', 'of the backup; with --store a uuid or latest', backupName)
    .option('-t, --tables <names>', 'only these: orders,sales.invoices,sales.*', tableList)
    .option('--schemas <names>', 'all tables of these: billing,sales', tableList)
    .option('--table <name>', 'only rows of this table: with --rows or --key')
    .option('--rows <condition>', 'with --table: those for which a condition holds, as in SQL: "id in (5,7)"')
    .option(
      '-k, --key <value>',
      'with --table: those with this value of the first column of the primary key, or a JSON object of columns and values; may be given again',
      several,
    )
    .addOption(
      new Option(
        '--on-conflict <what>',
        'with --table or --tenant: when such a row is there with other values',
      ).choices(['fail', 'skip', 'overwrite', 'append']),
    )
    .option('--by <columns>', 'with --table: compare by the unique key of these columns', tableList)
    .option('--with-children', 'with --table: also the rows that refer to them, and so on')
    .option('--with-parents', 'with --table or --tenant: also the missing rows that they refer to, and so on')
    .option(
      '--tenant <id>',
      'every row of this tenant, in all tables; the setting tenants.column says whose a row is',
    )
    .option('--remove-new-rows', 'with --tenant: remove rows of theirs that are not in the backup')
    .addOption(
      new Option('--content <what>', 'definitions without rows, or only rows, into tables that are there')
        .choices(['all', 'schema', 'data'])
        .default('all'),
    )
    .option(
      '--into-schema <name>',
      'make the tables in this schema, beside the live ones, which are not touched; it is created if it is missing',
    )
    .option('--as <name>', 'make the one table of --tables under this name, beside the live one')
    .option('--to-database <name>', 'restore into a new database of this name instead of in place')
    .option('--dry-run', 'only show what it would do')
    .option('--show-sql', 'with --dry-run: also the SQL of the backup that it would run, in order')
    .option('--from-other-database', 'in place, although the backup is from another database')
    .option('--no-safety-backup', 'in place: keep nothing of what will be overwritten; it cannot be undone')
    .option(
      '--whole-safety-backup',
      'with --table or --tenant: back up the whole tables first, beside the rows that are kept',
    )
    .option('--no-owners', 'restore without owners and privileges; everything belongs to the restoring role')
    .option(
      '--map-role <old=new>',
      'into a new database: what the role old of the backup owns and may, is of new there; may be repeated',
      roleMapping,
    )
    .addOption(
      new Option('--on-missing-tablespace <what>', 'when the server lacks a tablespace of the backup')
        .choices(['fail', 'default'])
        .default('fail'),
    )
    .addOption(
      new Option('--extension-versions <which>', 'into a new database: that of the server, or of the backup')
        .choices(['newest', 'same'])
        .default('newest'),
    )
    .addOption(onRefreshFailure())
    .addOption(onInvalid())
    .addOption(
      new Option(
        '--on-drift <what>',
        'in place, when a table has changed: refuse, adapt the rows to its form of today, or replace the table too, as it was',
      )
        .choices(['fail', 'adapt', 'replace'])
        .default('fail'),
    )
    .option(
      '--drop-new',
      'replace: drop what came since and is in the way, such as columns and views; --dry-run names it',
    )
    .option(
      '--fill <table.column=value>',
      'adapt: what a new column gets, or one that must not be empty',
      several,
    )
    .option('--rename <table.column=name>', 'adapt: what a column of the backup is called today', several)
    .option('--drop-column <table.column>', 'adapt: leave out the values of a column that is gone', several)
    .option('--value <table.column=old=new>', 'adapt: what a value becomes that an enum has lost', several)
    .option('--timestamp-zone <zone>', 'adapt: the zone of timestamps that have one today')
    .option(
      '--without-extension <names>',
      'restore without these extensions and everything that needs them',
      tableList,
    )
    .option(
      '-j, --jobs <number>',
      'connections that write in parallel (default: HOLDFAST_JOBS, or 2)',
      positiveInteger,
    )
    .option(
      '--max-workers <number>',
      'with --to-database: machines that may load it at once, with workers that run elsewhere (default: HOLDFAST_MAX_WORKERS, or 1)',
      positiveInteger,
    )
    .option('-y, --yes', 'in place: do not ask for confirmation')
    .summary('restore a backup, in place or into a new database')
    .description(
      'Restores a backup. In place is one transaction: either everything is as in the backup, or nothing has\nchanged. A safety backup is taken first, or of rows those are kept that it replaces, so that it can be undone. A\nrestore succeeds only if every row was counted and all data matched its hash.',
    );
  addAloneOptions(command)
    .option(
      '--to <url>',
      'onto another server: postgres://user@host/name; creates the database name there, or with --store and --table puts rows into it (password: in the URL, or PGPASSWORD)',
    )
    .addOption(new Option('--to-url <url>', 'the same as --to').hideHelp())
    .addHelpText(
      'after',
      examples([
        ['holdfast restore 12 --tables orders --dry-run', 'show what restoring one table would do'],
        ['holdfast restore 12 --tables orders', 'restore one table; asks first'],
        [
          'holdfast restore 12 --table orders --rows "id in (5,7)" --with-children --dry-run',
          'what bringing back two orders with their lines would do',
        ],
        ['holdfast restore 12 --table orders --key 5 --on-conflict overwrite', 'one order, as it was'],
        ['holdfast restore 12 --tenant 42 --dry-run', 'what bringing back one customer would do'],
        [
          'holdfast restore 12 --tenant 42 --on-conflict overwrite --remove-new-rows',
          'one customer, exactly as they were',
        ],
        [
          'holdfast restore 12 --tables orders --into-schema before',
          'the old table beside the new one, to compare or to copy from',
        ],
        ['holdfast restore 12 --to-database shop_copy', 'restore everything into a second database'],
        [
          'holdfast restore 12 --to-database copy --without-extension pg_cron',
          'if pg_cron cannot be created',
        ],
        ['holdfast restore 12 --to postgres://admin@db2.example.org/shop', 'everything, onto another server'],
        [
          'holdfast restore 12 --tables orders --on-drift adapt --rename orders.total=amount',
          'into the table as it is today',
        ],
        ['holdfast restore 12 --on-drift replace --dry-run', 'what going back before a migration would do'],
        ['holdfast restore 12 --yes --json', 'everything, in a script'],
        [
          'holdfast restore latest --store s3://bucket/shop --identity recovery.key --to postgres://admin@host/shop --yes',
          'everything out of a store alone, on another server',
        ],
      ]),
    )
    .action(
      action<RestoreOptions>(async (invocation, given, [text]) => {
        const options = withOneTarget(given);
        const backup = namedBackup('restore', text, options);
        if ('alone' in backup) {
          const { restoreAlone } = await import('../alone/restore.ts');
          return await restoreAlone(invocation, backup, options);
        }
        const [{ withApi }, { restore }, { openedBy }] = await Promise.all([
          import('../system.ts'),
          import('../restore.ts'),
          import('../key-file.ts'),
        ]);
        const opener = await openedBy(options);
        return await withApi(invocation, (api) => restore(api, invocation, backup.id, options, opener), {
          jobs: options.jobs,
        });
      }),
    );
}

/** Of `undo` too. */
export function onRefreshFailure(): Option {
  return new Option('--on-refresh-failure <what>', 'when the refresh of a materialized view fails')
    .choices(['fail', 'leave-empty'])
    .default('fail');
}

/** Of `undo` too. */
export function onInvalid(): Option {
  return new Option('--on-invalid <what>', 'when rows violate a foreign key or CHECK')
    .choices(['fail', 'not-valid'])
    .default('fail');
}

function withOneTarget({ toUrl, ...options }: RestoreOptions): RestoreOptions {
  const to = options.to ?? toUrl;
  if (toUrl !== undefined && to !== toUrl)
    throw usage('restore', '--to and --to-url are the same; give one.');
  if (to !== undefined && options.toDatabase !== undefined) {
    throw usage(
      'restore',
      '--to names another server and the database on it; --to-database is for this one.',
    );
  }
  return to === undefined ? options : { ...options, to };
}
