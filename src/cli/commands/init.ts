import type { Command } from 'commander';
import { action, examples } from '../invocation.ts';

export function addInitCommand(program: Command): void {
  program
    .command('init')
    .summary("create or upgrade Holdfast's own tables")
    .description(
      "Creates Holdfast's own tables in the database, or upgrades them, and names both first. Doing it again changes\nnothing. Nothing else in the database is touched.",
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
        const [{ withApi }, { initialize }] = await Promise.all([
          import('../system.ts'),
          import('../initialize.ts'),
        ]);
        return await withApi(invocation, (api) => initialize(api, invocation));
      }),
    );
}
