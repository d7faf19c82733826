/*
 * cli/ owns the command line: options, commands, and how they end. It never reaches into the engine: commands call
 * `system.api`, except those of `alone/`, which work where no system can be.
 */
import { Command, CommanderError } from 'commander';
import { exitCodeMeanings, HoldfastError } from '../base/errors.ts';
import { version } from '../base/package.ts';
import { addAnnounceCommand } from './commands/announce.ts';
import { addApprovalsCommand } from './commands/approvals.ts';
import { addAuditCommand } from './commands/audit.ts';
import { addBackupCommand } from './commands/backup.ts';
import { addCertificateCommand } from './commands/certificate.ts';
import { addCleanupCommand } from './commands/cleanup.ts';
import { addCopyCommand } from './commands/copy.ts';
import { addDatabasesCommand } from './commands/databases.ts';
import { addDeleteCommand } from './commands/delete.ts';
import { addDiffCommand } from './commands/diff.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addDownloadCommand } from './commands/download.ts';
import { addDrillCommand } from './commands/drill.ts';
import { addExportCommand } from './commands/export.ts';
import { addFindingsCommand } from './commands/findings.ts';
import { addGlobalsCommand } from './commands/globals.ts';
import { addGuardCommand } from './commands/guard.ts';
import { addHistoryCommand } from './commands/history.ts';
import { addImportCommand } from './commands/import.ts';
import { addInitCommand } from './commands/init.ts';
import { addKeygenCommand } from './commands/keygen.ts';
import { addListCommand } from './commands/list.ts';
import { addQueryCommand } from './commands/query.ts';
import { addRowsCommand } from './commands/rows.ts';
import { addRestoreCommand } from './commands/restore.ts';
import { addServeCommand } from './commands/serve.ts';
import { addWorkerCommand } from './commands/worker.ts';
import { addShowCommand } from './commands/show.ts';
import { addSqlCommand } from './commands/sql.ts';
import { addStartCommand } from './commands/start.ts';
import { addStoreCommand } from './commands/store.ts';
import { addTokenCommand } from './commands/token.ts';
import { addChannelCommand } from './commands/channel.ts';
import { addUndoCommand } from './commands/undo.ts';
import { addStatusCommand } from './commands/status.ts';
import { addVerifyCommand } from './commands/verify.ts';
import { commandNames, runnable, thisCommand } from './command-name.ts';
import { reportFailure } from './terminal/output.ts';

/** Commands are only described here; what they need is loaded when they run, so that --help answers at once. */
export function buildProgram(): Command {
  const program = new Command(thisCommand())
    .description('Backup and restore for PostgreSQL.')
    .version(version, '-V, --version', 'print the version')
    .option(
      '--database-url <url>',
      'the database (default: HOLDFAST_DIRECT_URL, DATABASE_URL, or PGHOST, PGUSER, …)',
    )
    .option(
      '--database <name>',
      'which one of several databases (default: the first; see holdfast databases)',
    )
    .option('--schema <name>', "schema of Holdfast's own tables (default: HOLDFAST_SCHEMA, or public)")
    .option(
      '--config <file>',
      'the configuration file (default: HOLDFAST_CONFIG, or holdfast.config.ts, .mts, .js, .mjs or .json in the working directory)',
    )
    .option('--no-config', 'read no configuration file')
    .option('--json', 'print one JSON document on stdout and nothing else')
    .option('-q, --quiet', 'no progress and no remarks')
    .helpOption('-h, --help', 'show this')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .exitOverride()
    // What is wrong is said by reportFailure, in the one way in which all errors are said.
    .configureOutput({ writeErr: () => {} });
  for (const add of [
    addInitCommand,
    addStatusCommand,
    addBackupCommand,
    addListCommand,
    addShowCommand,
    addRowsCommand,
    addQueryCommand,
    addDiffCommand,
    addHistoryCommand,
    addDownloadCommand,
    addExportCommand,
    addImportCommand,
    addRestoreCommand,
    addUndoCommand,
    addGlobalsCommand,
    addGuardCommand,
    addVerifyCommand,
    addDrillCommand,
    addCertificateCommand,
    addCopyCommand,
    addDeleteCommand,
    addCleanupCommand,
    addFindingsCommand,
    addAnnounceCommand,
    addApprovalsCommand,
    addAuditCommand,
    addServeCommand,
    addWorkerCommand,
    addDatabasesCommand,
    addDoctorCommand,
    addKeygenCommand,
    addStoreCommand,
    addTokenCommand,
    addChannelCommand,
    addStartCommand,
    addSqlCommand,
  ]) {
    add(program);
  }
  return program.addHelpText('after', () => footer());
}

function footer(): string {
  return runnable(`
Examples:
  export DATABASE_URL=postgres://user:password@host:5432/database
  holdfast init
  holdfast backup
  holdfast list
  holdfast restore 1 --tables orders

Exit codes:
${exitCodes()}

'holdfast <command> --help' shows examples of each command.
`);
}

function exitCodes(): string {
  return Object.entries(exitCodeMeanings)
    .map(([code, meaning]) => `  ${code.padStart(3)}  ${meaning}`)
    .join('\n');
}

/** Runs one command line; commands that go on running resolve when they have ended. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  const program = buildProgram();
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return;
    const used = args.find((argument) => commandNames.some((name) => name === argument));
    process.exitCode = reportFailure(usageError(error, used), { json: args.includes('--json') });
  }
}

/** @param used the command that was called, if it is one */
function usageError(error: CommanderError, used: string | undefined): HoldfastError {
  const [said = '', suggestion = ''] = error.message.replace(/^error: /, '').split('\n');
  const nothing = said.startsWith('(') || said === '';
  const problem = `${said.charAt(0).toUpperCase()}${said.slice(1)}`.replace(/[^.?!]$/, '$&.');
  const meant = suggestion.replace(/^\(|\)$/g, '');
  return new HoldfastError(
    'INVALID_REQUEST',
    nothing ? 'No command was given.' : [problem, meant].filter((part) => part !== '').join(' '),
    { hint: `See how it is used: ${thisCommand()}${used === undefined ? '' : ` ${used}`} --help` },
  );
}
