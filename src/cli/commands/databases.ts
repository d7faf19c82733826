import type { Command } from 'commander';
import { action, examples } from '../invocation.ts';

export function addDatabasesCommand(program: Command): void {
  program
    .command('databases')
    .summary('every protected database, and those that nothing protects')
    .description(
      'Lists the databases that this Holdfast protects, how the backups of each are, and the databases of the same servers that\nnothing protects. The exit code is 1 when a database is not protected, or its backups are not healthy.',
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast databases', 'how the backups of all are'],
        ['holdfast list --database crm', 'the backups of one of several'],
      ]),
    )
    .action(
      action(async (invocation) => {
        const [{ withApi }, { databasesExitCode, describeDatabases }] = await Promise.all([
          import('../system.ts'),
          import('../describe/databases.ts'),
        ]);
        const answer = await withApi(invocation, (api) => api.listDatabases());
        return { document: answer, text: describeDatabases(answer), exitCode: databasesExitCode(answer) };
      }),
    );
}
