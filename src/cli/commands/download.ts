import { Option, type Command } from 'commander';
import type { DownloadFormat } from '../../api/contract.ts';
import { addAloneOptions, namedBackup, type AloneOptions } from '../alone/options.ts';
import { backupName } from '../arguments.ts';
import { action, examples } from '../invocation.ts';

interface DownloadOptions extends AloneOptions {
  format?: DownloadFormat;
  output?: string;
  force?: boolean;
}

export function addDownloadCommand(program: Command): void {
  const command = program
    .command('download')
    .argument('[id]', 'of the backup; with --store a uuid or latest', backupName)
    .addOption(
      new Option('-f, --format <format>', 'default: from the file name, or sql.zst').choices([
        'sql.zst',
        'sql.gz',
        'sql',
        'holdfast',
      ]),
    )
    .option(
      '-o, --output <file>',
      'a file, a folder, or - for stdout (default: a file named after database, id and date)',
    )
    .option('--force', 'overwrite the file if it exists')
    .summary('write a backup to a file that psql can restore')
    .description(
      'Writes a backup as plain SQL, which psql restores into an empty database without Holdfast; or, as holdfast, all\nthat a store has of it in one file (see export).\nThe file gets its name when it is complete; until then the name ends in .partial.',
    );
  addAloneOptions(command)
    .addHelpText(
      'after',
      examples([
        ['holdfast download 12', 'into this folder, compressed'],
        ['holdfast download 12 -o shop.sql.gz', 'the file name selects the format'],
        [
          'holdfast download 12 -f sql -o - | psql -v ON_ERROR_STOP=1 -d empty_database',
          'directly into psql',
        ],
        ['holdfast download latest --store file:///backups/shop', 'of a store, without the database'],
        ['zstd -dc shop.sql.zst | psql -v ON_ERROR_STOP=1 -d empty_database', 'restore a downloaded file'],
      ]),
    )
    .action(
      action<DownloadOptions>(async (invocation, options, [text]) => {
        const { format, output, force } = options;
        const request = {
          ...(format === undefined ? {} : { format }),
          ...(output === undefined ? {} : { output }),
          ...(force === undefined ? {} : { force }),
        };
        const backup = namedBackup('download', text, options);
        if ('alone' in backup) {
          const { downloadAlone } = await import('../alone/download.ts');
          return await downloadAlone(invocation, backup, { ...options, ...request });
        }
        const [{ withApi }, { download }, { openedBy }] = await Promise.all([
          import('../system.ts'),
          import('../download.ts'),
          import('../key-file.ts'),
        ]);
        const opener = await openedBy(options);
        return await withApi(invocation, (api) =>
          download((chosen) => api.downloadBackup(backup.id, chosen, opener), invocation, {
            ...request,
            backup,
          }),
        );
      }),
    );
}
