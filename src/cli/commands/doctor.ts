import type { Command } from 'commander';
import type { DoctorOptions } from '../doctor/examine.ts';
import { action, examples } from '../invocation.ts';

export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .summary('check everything that backups and restores need')
    .description(
      'Checks everything that backups and restores need, and says how to fix what is missing. Changes nothing; into each\nconfigured store outside the database it writes an object of its own, which it deletes again. Exits with 0 unless a check\nfailed.',
    )
    .option('--no-store-tests', 'do not try the stores outside the database')
    .option('--send', 'send each channel a message; without, only its host is reached')
    .addHelpText(
      'after',
      examples([
        ['holdfast doctor', 'before the first backup, or after a failed one'],
        ['holdfast doctor --send', 'and whether the channels take messages'],
        ['holdfast doctor --json', 'for monitoring'],
      ]),
    )
    .action(
      action<DoctorOptions>(async (invocation, options) => {
        const { examine } = await import('../doctor/examine.ts');
        return await examine(invocation, options);
      }),
    );
}
