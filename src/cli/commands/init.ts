import type { Command } from 'commander';
import { action, examples } from '../invocation.ts';

export function addInitCommand(program: Command): void {
  program
    .command('init')
    .summary("create or upgrade Holdfast's own tables")
    .description(
      "Creates Holdfast's own tables in the database, or upgrades them. Doing it again changes nothing.\nNothing else in the database is touched.",
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast init', 'once for each database'],
        ['holdfast init --schema ops', 'keep the tables in a schema of their own'],
      ]),
    )
    .action(
      action(async (invocation) => {
        const { withApi } = await import('../system.ts');
        const answer = await withApi(invocation, (api) => api.init());
        return {
          document: answer,
          text: `${answer.message}\n${answer.tables.map((name) => `  ${name}`).join('\n')}`,
        };
      }),
    );
}
