import type { Command } from 'commander';
import { action, examples } from '../invocation.ts';

export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .summary('check everything a backup and a restore need')
    .description(
      'Checks everything a backup and a restore need, and says what to do about what is missing. Changes nothing.\nExits with 0 unless a check failed.',
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast doctor', 'before the first backup, or when one failed'],
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
