import type { Command } from 'commander';
import { action, examples } from '../invocation.ts';

export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .summary('check everything that backups and restores need')
    .description(
      'Checks everything that backups and restores need, and says how to fix what is missing. Changes nothing.\nExits with 0 unless a check failed.',
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast doctor', 'before the first backup, or after a failed one'],
        ['holdfast doctor --json', 'for monitoring'],
      ]),
    )
    .action(
      action(async (invocation) => {
        const { examine } = await import('../doctor/examine.ts');
        return await examine(invocation);
      }),
    );
}
