import type { Command } from 'commander';
import { addAloneOptions, namedBackup, usage, type AloneOptions } from '../alone/options.ts';
import { backupName } from '../arguments.ts';
import { action, examples } from '../invocation.ts';

export function addShowCommand(program: Command): void {
  const command = program
    .command('show')
    .argument('[id]', 'of a backup; with --restore of a restore; with --store a uuid or latest', backupName)
    .option('--restore', 'show a restore instead')
    .summary('show what is in one backup')
    .description('Shows one backup: when it was taken, what is in it, or why it failed.');
  addAloneOptions(command)
    .addHelpText(
      'after',
      examples([
        ['holdfast show 12', 'its tables with rows and sizes'],
        ['holdfast show 4 --restore', 'what restore 4 did'],
        ['holdfast show latest --store file:///backups/shop', 'the newest in a store, without the database'],
      ]),
    )
    .action(
      action<AloneOptions & { restore?: boolean }>(async (invocation, { restore, ...options }, [text]) => {
        const backup = namedBackup('show', text, options);
        if ('alone' in backup) {
          if (restore)
            throw usage('show', 'Restores are in the database: --restore does not go with --store.');
          const { show } = await import('../alone/show.ts');
          return await show(invocation, backup.store, backup.alone, options);
        }
        const { withApi } = await import('../system.ts');
        const { id } = backup;
        if (restore) {
          const { describeRestore } = await import('../describe/restore.ts');
          const detail = await withApi(invocation, (api) => api.getRestore(id));
          return { document: { restore: detail }, text: describeRestore(detail) };
        }
        const [{ describeBackup }, { openedBy }] = await Promise.all([
          import('../describe/backup.ts'),
          import('../key-file.ts'),
        ]);
        const opener = await openedBy(options);
        const detail = await withApi(invocation, (api) => api.getBackup(id, opener));
        return { document: { backup: detail }, text: describeBackup(detail) };
      }),
    );
}
