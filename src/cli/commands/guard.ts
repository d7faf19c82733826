import type { Command } from 'commander';
import { tableList } from '../arguments.ts';
import { action, examples } from '../invocation.ts';

export interface GuardOptions {
  tables?: string[];
  description?: string;
}

export function addGuardCommand(program: Command): void {
  program
    .command('guard')
    .argument('<command...>', 'what to run, after --')
    .option('-t, --tables <names>', 'only these are in the point: orders,sales.invoices,sales.*', tableList)
    .option('-d, --description <text>', 'a note to recognize the point by')
    .summary('run a command with a point to go back to')
    .description(
      'Takes an incremental backup as a point to go back to, runs the command, and says what has changed since: tables,\ncolumns and rows that are gone or new, and the one line that goes back. The command has this terminal and every\nsignal, and its exit code is passed on. If no point can be taken, the command is not run.',
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast guard -- npx prisma migrate deploy', 'a migration'],
        ['holdfast guard --tables orders -- psql -f cleanup.sql', 'what touches one table alone'],
        ['holdfast guard --json -- ./deploy.sh', 'in a script: the output of the command is on stderr then'],
      ]),
    )
    .action(
      action<GuardOptions>(async (invocation, options, command) => {
        const { guard } = await import('../guard/guard.ts');
        return await guard(invocation, command, options);
      }),
    );
}
