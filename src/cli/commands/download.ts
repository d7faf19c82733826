import { Option, type Command } from 'commander';
import type { DownloadFormat } from '../../api/contract.ts';
import { positiveInteger } from '../arguments.ts';
import { action, examples } from '../invocation.ts';

interface DownloadOptions {
  format?: DownloadFormat;
  output?: string;
  force?: boolean;
}

export function addDownloadCommand(program: Command): void {
  program
    .command('download')
    .argument('<id>', 'of the backup', positiveInteger)
    .addOption(
      new Option('-f, --format <format>', 'default: from the file name, or sql.zst').choices([
        'sql.zst',
        'sql.gz',
        'sql',
      ]),
    )
    .option(
      '-o, --output <file>',
      'a file, a folder, or - for stdout (default: a file named after database, id and date)',
    )
    .option('--force', 'overwrite the file if it exists')
    .summary('write a backup to a file that psql can restore')
    .description(
      'Writes a backup as plain SQL, which psql restores into an empty database without Holdfast.\nThe file gets its name when it is complete; until then the name ends in .partial.',
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast download 12', 'into this folder, compressed'],
        ['holdfast download 12 -o shop.sql.gz', 'the file name selects the format'],
        [
          'holdfast download 12 -f sql -o - | psql -v ON_ERROR_STOP=1 -d empty_database',
          'directly into psql',
        ],
        ['zstd -dc shop.sql.zst | psql -v ON_ERROR_STOP=1 -d empty_database', 'restore a downloaded file'],
      ]),
    )
    .action(
      action<DownloadOptions>(async (invocation, options, [text]) => {
        const [{ withApi }, { download }] = await Promise.all([
          import('../system.ts'),
          import('../download.ts'),
        ]);
        return await withApi(invocation, (api) =>
          download(api, invocation, { ...options, id: Number(text) }),
        );
      }),
    );
}
