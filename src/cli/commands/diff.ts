import type { Command } from 'commander';
import { addAloneOptions, namedBackup, usage, type AloneOptions } from '../alone/options.ts';
import { backupName, positiveInteger } from '../arguments.ts';
import { action, examples } from '../invocation.ts';

interface DiffOptions extends AloneOptions {
  against: string;
  by?: string;
  limit: number;
}

export function addDiffCommand(program: Command): void {
  const command = program
    .command('diff')
    .argument('<id>', 'of the backup; with --store a uuid or latest', backupName)
    .argument('<table>', 'table (schema public) or schema.table')
    .option('--against <what>', 'live, or another backup', 'live')
    .option('--by <columns>', 'that no two rows have the same values of (default: the primary key)')
    .option('-n, --limit <number>', 'rows of each kind that are shown, at most 1000', positiveInteger, 20)
    .summary('compare a table of a backup with the database')
    .description(
      'Says which rows of a table were added, removed and changed since a backup, column by column. Nothing is restored or\nchanged. Of two backups only that is read which they do not share.',
    );
  addAloneOptions(command)
    .addHelpText(
      'after',
      examples([
        ['holdfast diff 12 orders', 'what has become of the rows of backup 12'],
        ['holdfast diff 12 orders --against 15', 'between two backups'],
        ['holdfast diff 12 events --by device,at', 'a table without a primary key'],
        [
          'holdfast diff latest orders --store file:///backups/shop',
          'of a store, with the database of DATABASE_URL',
        ],
      ]),
    )
    .action(
      action<DiffOptions>(async (invocation, { against, by, limit, ...options }, [text, table]) => {
        if (text === undefined || table === undefined) {
          throw usage('diff', "Missing required argument 'table'.");
        }
        const backup = namedBackup('diff', text, options);
        const [{ wantedDiff, wantedDiffAlone }, { describeDiff }] = await Promise.all([
          import('../wanted-rows.ts'),
          import('../describe/diff.ts'),
        ]);
        if ('alone' in backup) {
          const { diffAlone } = await import('../alone/diff.ts');
          const wanted = wantedDiffAlone({ table, against, by, limit });
          const answer = await diffAlone(invocation, backup, wanted, options);
          return { document: answer, text: describeDiff(answer) };
        }
        const [{ withApi }, { openedBy }] = await Promise.all([
          import('../system.ts'),
          import('../key-file.ts'),
        ]);
        const wanted = wantedDiff({ table, against, by, limit });
        const opener = await openedBy(options);
        const answer = await withApi(invocation, (api) =>
          api.diffBackup(backup.id, { ...wanted, ...opener }),
        );
        return { document: answer, text: describeDiff(answer) };
      }),
    );
}
