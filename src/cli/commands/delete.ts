import type { Command } from 'commander';
import { positiveInteger } from '../arguments.ts';
import { action, examples } from '../invocation.ts';

export function addDeleteCommand(program: Command): void {
  program
    .command('delete')
    .argument('<id>', 'of the backup', positiveInteger)
    .option('-y, --yes', 'do not ask for confirmation')
    .option('--despite-finding', 'also if a finding of damage that is not settled keeps it')
    .summary('delete a backup')
    .description('Deletes a backup permanently, with the stored data that no other backup needs.')
    .addHelpText('after', examples([['holdfast delete 12 --yes', 'delete backup 12 without confirmation']]))
    .action(
      action<{ yes?: boolean; despiteFinding?: boolean }>(
        async (invocation, { yes, despiteFinding }, [text]) => {
          const [{ withApi }, { confirmTyped }, { describeDeletion, describeOne }] = await Promise.all([
            import('../system.ts'),
            import('../terminal/confirm.ts'),
            import('../describe/backup.ts'),
          ]);
          const id = Number(text);
          const answer = await withApi(invocation, async (api) => {
            if (!yes) {
              const backup = await api.getBackup(id);
              const message = `Delete backup ${id} (${describeOne(backup)}) permanently?`;
              await confirmTyped(invocation, { message, expected: String(id) });
            }
            return await api.deleteBackup(id, { despiteFinding });
          });
          return { document: answer, text: describeDeletion(answer) };
        },
      ),
    );
}
