import type { Command } from 'commander';
import { action, examples } from '../invocation.ts';

export function addSqlCommand(program: Command): void {
  program
    .command('sql')
    .argument('<text>', 'one or more statements')
    .summary('run SQL, for trying things where there is no psql')
    .description(
      'Runs SQL in the database and prints the rows of the last statement. It is here so that the sample database can be\ntried without psql; it does exactly what it is told, DROP included, and asks nothing.\nNames without a schema are those of schema public.',
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast sql "select count(*) from orders"', 'look'],
        ['holdfast sql "drop table orders cascade"', 'lose something, to bring it back'],
      ]),
    )
    .action(
      action(async (invocation, _options, [text = '']) => {
        const { runSql } = await import('../sql.ts');
        return await runSql(invocation, text);
      }),
    );
}
