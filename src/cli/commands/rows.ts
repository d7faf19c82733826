import type { Command } from 'commander';
import { addAloneOptions, namedBackup, usage, type AloneOptions } from '../alone/options.ts';
import { backupName, positiveInteger } from '../arguments.ts';
import { action, examples } from '../invocation.ts';

interface RowsOptions extends AloneOptions {
  key?: string;
  limit: number;
  cursor?: string;
}

export function addRowsCommand(program: Command): void {
  const command = program
    .command('rows')
    .argument('<id>', 'of the backup; with --store a uuid or latest', backupName)
    .argument(
      '<table>',
      'table (schema public) or schema.table; of a partitioned one the rows of its partitions',
    )
    .option(
      '-k, --key <value>',
      'the value of the first column of the primary key, or a JSON object of columns and values',
    )
    .option('-n, --limit <number>', 'how many, at most 1000', positiveInteger, 50)
    .option('--cursor <text>', 'continue after the previous page')
    .summary('show rows of a table as a backup has them')
    .description(
      'Shows rows of a table as a backup has them, without restoring anything. By a key only the parts of the table are\nread that can hold it.',
    );
  addAloneOptions(command)
    .addHelpText(
      'after',
      examples([
        ['holdfast rows 12 orders --key 5', 'one row'],
        [`holdfast rows 12 order_lines --key '{"order_id": 5, "line": 2}'`, 'by several columns'],
        ['holdfast rows 12 orders --limit 20', 'the first 20'],
        ['holdfast rows 12 orders --key 5 --json | jq .rows[0]', 'in a script'],
        [
          'holdfast rows latest orders --store file:///backups/shop --key 5',
          'of a store, without the database',
        ],
      ]),
    )
    .action(
      action<RowsOptions>(async (invocation, { key, limit, cursor, ...options }, [text, table]) => {
        if (table === undefined) throw usage('rows', "Missing required argument 'table'.");
        const [{ wantedRows }, { describeRows }] = await Promise.all([
          import('../wanted-rows.ts'),
          import('../describe/rows.ts'),
        ]);
        const wanted = wantedRows({ table, key, limit, after: cursor });
        const backup = namedBackup('rows', text, options);
        if ('alone' in backup) {
          const { rows } = await import('../alone/rows.ts');
          const answer = await rows(invocation, backup.store, backup.alone, wanted, options);
          return { document: answer, text: describeRows(answer) };
        }
        const [{ withApi }, { openedBy }] = await Promise.all([
          import('../system.ts'),
          import('../key-file.ts'),
        ]);
        const opener = await openedBy(options);
        const answer = await withApi(invocation, (api) => api.findRows(backup.id, { ...wanted, ...opener }));
        return { document: answer, text: describeRows(answer) };
      }),
    );
}
