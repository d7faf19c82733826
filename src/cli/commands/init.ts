import type { Command } from 'commander';
import { action, examples } from '../invocation.ts';

export function addInitCommand(program: Command): void {
  program
    .command('init')
    .summary("create or upgrade Holdfast's own tables")
    .description(
      "Creates Holdfast's own tables in the database, or upgrades them, and names both first. Running it again changes\nnothing. It changes nothing else in the database.",
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast init', 'once for each database'],
        ['holdfast init --schema ops', 'keep the tables in a separate schema'],
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
