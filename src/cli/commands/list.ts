import type { Command } from 'commander';
import { Option } from 'commander';
import { positiveInteger } from '../arguments.ts';
import { addAloneOptions, usage, type AloneOptions } from '../alone/options.ts';
import { action, examples } from '../invocation.ts';
import type { ListQuery } from '../../api/contract.ts';

interface ListOptions extends AloneOptions {
  limit: number;
  status?: NonNullable<ListQuery['status']>;
  cursor?: string;
  restores?: boolean;
}

export function addListCommand(program: Command): void {
  const command = program
    .command('list')
    .summary('list backups, newest first')
    .description(
      'Lists the backups, newest first; with --restores the restores; with --store the backups of a store alone, those that are\nforged or damaged too.',
    )
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
    .option('--restores', 'list restores instead');
  addAloneOptions(command, { ofOne: false })
    .addHelpText(
      'after',
      examples([
        ['holdfast list', 'the newest 20'],
        [
          'holdfast list --status completed --limit 1 --json | jq .backups[0].id',
          'the id of the last good backup',
        ],
        ['holdfast list --restores', 'what was restored, when and from which backup'],
        [
          'holdfast list --store s3://bucket/shop --identity recovery.key',
          'what is in a store, without the database',
        ],
      ]),
    )
    .action(
      action<ListOptions>(async (invocation, { limit, status, cursor, restores, ...alone }) => {
        if (alone.store !== undefined) {
          if (status ?? cursor ?? restores) {
            throw usage(
              'list',
              'With --store there is no --status, --cursor or --restores: these are in the database.',
            );
          }
          const { list } = await import('../alone/list.ts');
          return await list(invocation, alone.store, { ...alone, limit });
        }
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
