import type { Command } from 'commander';
import { backupName } from '../arguments.ts';
import { addAloneOptions, namedBackup, type AloneOptions } from '../alone/options.ts';
import { action, examples } from '../invocation.ts';

interface ExportOptions extends AloneOptions {
  output?: string;
  force?: boolean;
}

export function addExportCommand(program: Command): void {
  const command = program
    .command('export')
    .argument('[id]', 'of the backup; with --store a uuid or latest', backupName)
    .option('-o, --output <file>', 'a file, or a folder (default: holdfast-backup-ID.holdfast)')
    .option('--force', 'overwrite the file if it exists')
    .summary('write a backup to one file that holdfast import reads')
    .description(
      'Writes all that a store has of a backup to one file, a bundle: encrypted if the store is. It needs no key, and is the\ncopy for the drawer. A bundle is a tar archive of a store, and can be read wherever a store can: --store file:///….',
    );
  addAloneOptions(command)
    .addHelpText(
      'after',
      examples([
        ['holdfast export 12 -o shop.holdfast', 'one file with everything'],
        ['holdfast import shop.holdfast', 'take it into the backups of this database'],
        [
          'holdfast restore latest --store file:///mnt/shop.holdfast --to postgres://localhost/shop',
          'restore it where there is nothing else',
        ],
      ]),
    )
    .action(
      action<ExportOptions>(async (invocation, options, [text]) => {
        const { output, force } = options;
        const request = {
          format: 'holdfast' as const,
          ...(output === undefined ? {} : { output }),
          ...(force === undefined ? {} : { force }),
        };
        const backup = namedBackup('export', text, options);
        if ('alone' in backup) {
          const { downloadAlone } = await import('../alone/download.ts');
          return await downloadAlone(invocation, backup, { ...options, ...request });
        }
        const [{ withApi }, { download }] = await Promise.all([
          import('../system.ts'),
          import('../download.ts'),
        ]);
        return await withApi(invocation, (api) =>
          download((chosen) => api.downloadBackup(backup.id, chosen), invocation, { ...request, backup }),
        );
      }),
    );
}
