import type { Command } from 'commander';
import { identityOption, usage } from '../alone/options.ts';
import { positiveInteger } from '../arguments.ts';
import { action, examples } from '../invocation.ts';

interface HistoryOptions {
  key: string;
  limit: number;
  identity?: string;
}

export function addHistoryCommand(program: Command): void {
  program
    .command('history')
    .argument('<table>', 'table (schema public) or schema.table')
    .requiredOption(
      '-k, --key <value>',
      'the value of the first column of the primary key, or a JSON object of columns and values',
    )
    .option(
      '-n, --limit <number>',
      'backups that are looked into, the newest; at most 1000',
      positiveInteger,
      100,
    )
    .addOption(identityOption())
    .summary('show how a row was in each backup')
    .description(
      'Shows when a row came, how it changed and when it went, as the backups have it. What backups share is read once.',
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast history orders --key 5', 'of one row'],
        [`holdfast history order_lines --key '{"order_id": 5, "line": 2}'`, 'by several columns'],
        ['holdfast history orders --key 5 --limit 10', 'in the newest ten backups'],
      ]),
    )
    .action(
      action<HistoryOptions>(async (invocation, { key, limit, ...options }, [table]) => {
        if (table === undefined) throw usage('history', "Missing required argument 'table'.");
        const [{ withApi }, { openedBy }, { wantedHistory }, { describeHistory }] = await Promise.all([
          import('../system.ts'),
          import('../key-file.ts'),
          import('../wanted-rows.ts'),
          import('../describe/history.ts'),
        ]);
        const wanted = wantedHistory({ table, key, limit });
        const opener = await openedBy(options);
        const answer = await withApi(invocation, (api) => api.rowHistory({ ...wanted, ...opener }));
        return { document: answer, text: describeHistory(answer) };
      }),
    );
}
