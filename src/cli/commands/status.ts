import type { Command } from 'commander';
import type { BackupApi, MissingTablesAnswer, StatusAnswer } from '../../api/contract.ts';
import { errorCatalogue, HoldfastError } from '../../base/errors.ts';
import { runnable } from '../command-name.ts';
import { notSetUp } from '../terminal/output.ts';
import { action, examples } from '../invocation.ts';

export function addStatusCommand(program: Command): void {
  program
    .command('status')
    .summary('whether it is set up, what is running, how old the last good backup is')
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
        const [status, missing] = await withApi(invocation, async (api) => {
          const found = await api.status();
          return [found, found.initialized ? await missingTables(api) : null] as const;
        });
        return {
          document: documentOf(status, missing),
          text: describeStatus(status, missing),
          exitCode: status.initialized ? 0 : errorCatalogue.NOT_INITIALIZED.exitCode,
        };
      }),
    );
}

/** Null where nobody can say without a key: the rest is worth knowing all the same. */
async function missingTables(api: BackupApi): Promise<MissingTablesAnswer | null> {
  try {
    return await api.missingTables();
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'KEY_REQUIRED') return null;
    throw error;
  }
}

/** As the API answers it, with what to do here: there is no address to call. */
function documentOf(status: StatusAnswer, missingTables: MissingTablesAnswer | null): unknown {
  if (status.initialized) return { ...status, missingTables };
  const { initialization_url: _, ...rest } = status;
  return { ...rest, message: runnable(`${notSetUp} Set it up with: holdfast init`) };
}
