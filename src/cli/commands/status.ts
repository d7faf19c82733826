import type { Command } from 'commander';
import { errorCatalogue } from '../../base/errors.ts';
import { action, examples } from '../invocation.ts';

export function addStatusCommand(program: Command): void {
  program
    .command('status')
    .summary('is it set up, what is running, how old is the last good backup')
    .description(
      `Says whether Holdfast is set up in this database, what is running, and how old the last good backup is.\nExits with ${errorCatalogue.NOT_INITIALIZED.exitCode} when it is not set up.`,
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast status', 'for people'],
        ['holdfast status --json | jq .lastCompleted.finishedAt', 'for programs'],
      ]),
    )
    .action(
      action(async (invocation) => {
        const [{ withApi }, { describeStatus }] = await Promise.all([
          import('../system.ts'),
          import('../describe/status.ts'),
        ]);
        const status = await withApi(invocation, (api) => api.status());
        return {
          document: status,
          text: describeStatus(status),
          exitCode: status.initialized ? 0 : errorCatalogue.NOT_INITIALIZED.exitCode,
        };
      }),
    );
}
