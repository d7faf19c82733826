import type { Command } from 'commander';
import { identityOption } from '../alone/options.ts';
import { positiveInteger } from '../arguments.ts';
import { action, examples } from '../invocation.ts';
import { onInvalid, onRefreshFailure } from './restore.ts';

export interface UndoOptions {
  dryRun?: boolean;
  /** Commander makes `--no-…` options true unless given. */
  safetyBackup: boolean;
  wholeSafetyBackup?: boolean;
  onRefreshFailure: 'fail' | 'leave-empty';
  onInvalid: 'fail' | 'not-valid';
  identity?: string;
  yes?: boolean;
}

export function addUndoCommand(program: Command): void {
  program
    .command('undo')
    .argument('<id>', 'of a completed restore in place', positiveInteger)
    .option('--dry-run', 'only show what it would do, and what would be lost')
    .option('--no-safety-backup', 'keep nothing of what will be overwritten: the undo cannot be undone')
    .option('--whole-safety-backup', 'of rows: also back up their whole tables first')
    .addOption(onRefreshFailure())
    .addOption(onInvalid())
    .addOption(identityOption('the safety backup'))
    .option('-y, --yes', 'do not ask for confirmation')
    .summary('undo a restore in place')
    .description(
      'Puts back what a restore in place replaced: its tables and their sequences from its safety backup, or of a restore\nof rows exactly these rows, which it has kept. What was written to them since is lost; it is counted and shown\nfirst. It is a restore like any other: one transaction, and it can be undone too.',
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast list --restores', 'which restores there are'],
        ['holdfast undo 4 --dry-run', 'what undoing restore 4 would do and lose'],
        ['holdfast undo 4', 'undo it; asks first'],
        ['holdfast undo 4 --yes --json', 'in a script'],
      ]),
    )
    .action(
      action<UndoOptions>(async (invocation, options, [text]) => {
        const [{ withApi }, { undo }, { openedBy }] = await Promise.all([
          import('../system.ts'),
          import('../undo.ts'),
          import('../key-file.ts'),
        ]);
        const opener = await openedBy(options);
        return await withApi(invocation, (api) => undo(api, invocation, Number(text), options, opener));
      }),
    );
}
