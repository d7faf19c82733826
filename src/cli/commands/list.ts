import type { Command } from 'commander';
import { Option } from 'commander';
import { positiveInteger } from '../arguments.ts';
import { action, examples } from '../invocation.ts';
import type { ListQuery } from '../../api/contract.ts';

interface ListOptions {
  limit: number;
  status?: NonNullable<ListQuery['status']>;
  cursor?: string;
  restores?: boolean;
}

export function addListCommand(program: Command): void {
  program
    .command('list')
    .summary('list backups, newest first')
    .description('Lists the backups, newest first; with --restores the restores.')
    .option('-n, --limit <number>', 'how many, at most 200', positiveInteger, 20)
    .addOption(
      new Option('--status <status>', 'only those').choices([
        'queued',
        'running',
        'completed',
        'failed',
        'cancelled',
        'interrupted',
      ]),
    )
    .option('--cursor <text>', 'continue after the previous page')
    .option('--restores', 'list restores instead')
    .addHelpText(
      'after',
      examples([
        ['holdfast list', 'the newest 20'],
        [
          'holdfast list --status completed --limit 1 --json | jq .backups[0].id',
          'the id of the last good backup',
        ],
        ['holdfast list --restores', 'what was restored, when and from which backup'],
      ]),
    )
    .action(
      action<ListOptions>(async (invocation, { limit, status, cursor, restores }) => {
        const { withApi } = await import('../system.ts');
        const query = { limit, ...(status ? { status } : {}), ...(cursor ? { cursor } : {}) };
        if (restores) {
          const { describeRestores } = await import('../describe/restore.ts');
          const page = await withApi(invocation, (api) => api.listRestores(query));
          return { document: page, text: describeRestores(page) };
        }
        const { describeBackups } = await import('../describe/backup.ts');
        const page = await withApi(invocation, (api) => api.listBackups(query));
        return { document: page, text: describeBackups(page) };
      }),
    );
}
