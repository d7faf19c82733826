import type { Command } from 'commander';
import { positiveInteger } from '../arguments.ts';
import { action, examples } from '../invocation.ts';

export function addShowCommand(program: Command): void {
  program
    .command('show')
    .argument('<id>', 'of a backup; with --restore of a restore', positiveInteger)
    .option('--restore', 'show a restore instead')
    .summary('show what is in one backup')
    .description('Shows one backup: when it was taken, what is in it, or why it failed.')
    .addHelpText(
      'after',
      examples([
        ['holdfast show 12', 'its tables with rows and sizes'],
        ['holdfast show 4 --restore', 'what restore 4 did'],
      ]),
    )
    .action(
      action<{ restore?: boolean }>(async (invocation, { restore }, [text]) => {
        const { withApi } = await import('../system.ts');
        const id = Number(text);
        if (restore) {
          const { describeRestore } = await import('../describe/restore.ts');
          const detail = await withApi(invocation, (api) => api.getRestore(id));
          return { document: { restore: detail }, text: describeRestore(detail) };
        }
        const { describeBackup } = await import('../describe/backup.ts');
        const detail = await withApi(invocation, (api) => api.getBackup(id));
        return { document: { backup: detail }, text: describeBackup(detail) };
      }),
    );
}
