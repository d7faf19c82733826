import type { Command } from 'commander';
import { positiveInteger } from '../arguments.ts';
import { action, examples } from '../invocation.ts';

export function addWorkerCommand(program: Command): void {
  program
    .command('worker')
    .option(
      '-j, --jobs <number>',
      'connections that move data in parallel (default: HOLDFAST_JOBS, or 2)',
      positiveInteger,
    )
    .summary('run the schedule, and the runs that other processes order')
    .description(
      'Takes scheduled backups when they are due, and performs the backups and restores that other processes order, until\nCtrl-C or SIGTERM. Start any number, on any number of machines: each run is performed once, and worked on by several where its order\nallows it (--max-workers).',
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast worker', 'beside an application with HOLDFAST_WORKER=off'],
        ['holdfast worker --jobs 4', 'four connections at once'],
      ]),
    )
    .action(
      action<{ jobs?: number }>(async (invocation, { jobs }) => {
        const { work } = await import('../worker.ts');
        await work(invocation, jobs);
      }),
    );
}
