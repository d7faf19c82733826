import type { Command } from 'commander';
import { port } from '../arguments.ts';
import { action, examples } from '../invocation.ts';

export function addStartCommand(program: Command): void {
  program
    .command('start')
    .option('-p, --port <number>', 'port of the API (default: 4650, or the next one that is free)', port)
    .summary('try it: a database with sample data, a first backup and the API')
    .description(
      'Without DATABASE_URL: runs its own PostgreSQL in .holdfast/ in this folder, fills it with a sample shop at\nthe first start, takes a first backup and serves the API.\nWith DATABASE_URL: uses that database, and creates only its own tables in it.',
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast start', 'needs nothing else'],
        ['DATABASE_URL=postgres://user:password@host/database holdfast start', 'on your own database'],
      ]),
    )
    .action(
      action<{ port?: number }>(async (invocation, options) => {
        const { start } = await import('../start/start.ts');
        await start(invocation, options);
      }),
    );
}
