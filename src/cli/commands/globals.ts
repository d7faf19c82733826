import type { Command } from 'commander';
import { identityOption } from '../alone/options.ts';
import { positiveInteger, several } from '../arguments.ts';
import { action, examples } from '../invocation.ts';

export interface GlobalsCommandOptions {
  dryRun?: boolean;
  alter?: boolean;
  confirm?: string[];
  /** Commander makes `--no-…` options true unless given. */
  tablespaces: boolean;
  to?: string;
  identity?: string;
  yes?: boolean;
}

export function addGlobalsCommand(program: Command): void {
  program
    .command('globals')
    .argument('<id>', 'of a backup of roles and tablespaces', positiveInteger)
    .option('--dry-run', 'only show what the server lacks, and what differs')
    .option('--alter', 'also make roles and tablespaces that are there as they are in the backup')
    .option(
      '--confirm <what>',
      'make also this, which gives power over others, as the dry run names it; may be given several times',
      several,
    )
    .option('--no-tablespaces', 'make no tablespaces: each needs its empty directory on the server')
    .option(
      '--to <url>',
      'on another server: postgres://user@host/postgres (password: in the URL, or PGPASSWORD)',
    )
    .addOption(identityOption('the backup'))
    .option('-y, --yes', 'do not ask for confirmation')
    .summary('bring back roles and tablespaces')
    .description(
      'Makes the roles, memberships, settings, privileges and tablespaces of a backup that a server lacks: all of it, or\nnothing. What is there stays as it is, and nothing is dropped. SUPERUSER and the like are given only where --confirm\nnames it. A backup of them is taken with: holdfast backup --globals.',
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast list', 'which backups there are, and what each is of'],
        ['holdfast globals 12 --dry-run', 'what of backup 12 the server lacks'],
        ['holdfast globals 12 --confirm "SUPERUSER of role chief"', 'make it, with that role as a superuser'],
        ['holdfast download 12 --format sql', 'the same as SQL for psql'],
      ]),
    )
    .action(
      action<GlobalsCommandOptions>(async (invocation, options, [text]) => {
        const [{ withApi }, { globals }, { openedBy }] = await Promise.all([
          import('../system.ts'),
          import('../globals.ts'),
          import('../key-file.ts'),
        ]);
        const opener = await openedBy(options);
        return await withApi(invocation, (api) => globals(api, invocation, Number(text), options, opener));
      }),
    );
}
