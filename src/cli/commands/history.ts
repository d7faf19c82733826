import type { Command } from 'commander';
import { addAloneOptions, usage, type AloneOptions } from '../alone/options.ts';
import { positiveInteger } from '../arguments.ts';
import { action, examples } from '../invocation.ts';

interface HistoryOptions extends AloneOptions {
  key: string;
  limit: number;
}

export function addHistoryCommand(program: Command): void {
  const command = program
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
    .summary('show how a row was in each backup')
    .description(
      'Shows when a row came, how it changed and when it went, as the backups have it. What backups share is read once.',
    );
  addAloneOptions(command, { ofOne: false })
    .addHelpText(
      'after',
      examples([
        ['holdfast history orders --key 5', 'of one row'],
        [`holdfast history order_lines --key '{"order_id": 5, "line": 2}'`, 'by several columns'],
        ['holdfast history orders --key 5 --limit 10', 'in the newest ten backups'],
        ['holdfast history orders --key 5 --store file:///backups/shop', 'of a store, without the database'],
      ]),
    )
    .action(
      action<HistoryOptions>(async (invocation, { key, limit, ...options }, [table]) => {
        if (table === undefined) throw usage('history', "Missing required argument 'table'.");
        const [{ wantedHistory }, { describeHistory }] = await Promise.all([
          import('../wanted-rows.ts'),
          import('../describe/history.ts'),
        ]);
        const wanted = wantedHistory({ table, key, limit });
        if (options.store !== undefined) {
          const { historyAlone } = await import('../alone/history.ts');
          const answer = await historyAlone(invocation, options.store, { ...wanted, limit }, options);
          return { document: answer, text: describeHistory(answer) };
        }
        const [{ withApi }, { openedBy }] = await Promise.all([
          import('../system.ts'),
          import('../key-file.ts'),
        ]);
        const opener = await openedBy(options);
        const answer = await withApi(invocation, (api) => api.rowHistory({ ...wanted, ...opener }));
        return { document: answer, text: describeHistory(answer) };
      }),
    );
}
