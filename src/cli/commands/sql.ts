import type { Command } from 'commander';
import { action, examples } from '../invocation.ts';

export function addSqlCommand(program: Command): void {
  program
    .command('sql')
    .argument('<text>', 'one or more statements')
    .summary('run SQL, to try things where there is no psql')
    .description(
      'Runs SQL in the database and prints the rows of the last statement. It lets you try the sample database\nwithout psql. It runs everything, DROP included, and does not ask for confirmation.\nNames without a schema are looked up in schema public.',
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast sql "select count(*) from orders"', 'look'],
        ['holdfast sql "drop table orders cascade"', 'drop a table, to restore it'],
      ]),
    )
    .action(
      action(async (invocation, _options, [text = '']) => {
        const { runSql } = await import('../sql.ts');
        return await runSql(invocation, text);
      }),
    );
}
