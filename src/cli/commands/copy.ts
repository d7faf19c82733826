import type { Command } from 'commander';
import { positiveInteger } from '../arguments.ts';
import { action, examples } from '../invocation.ts';

interface CopyOptions {
  to: string;
}

export function addCopyCommand(program: Command): void {
  program
    .command('copy')
    .argument('<id>', 'of a completed backup', positiveInteger)
    .summary('copy a backup to another store, or repair it')
    .description(
      'Sends what the other store lacks of a backup, proves it, and writes the backup there last. May be repeated at any\ntime. To the store that the backup is in already: puts right what is damaged there, from another copy.',
    )
    .requiredOption('--to <store>', 'a configured store by its name, or an address')
    .addHelpText(
      'after',
      examples([
        ['holdfast copy 12 --to offsite', 'to a store that HOLDFAST_COPY_TO or the application names'],
        ['holdfast copy 12 --to s3://bucket/shop', 'to any store, this once'],
        ['holdfast copy 12 --to database', 'repair a backup whose home is the database, from a copy'],
      ]),
    )
    .action(
      action<CopyOptions>(async (invocation, { to }, [text]) => {
        const [{ withApi }, { followCopy, storeNamed }, { describeCopy }] = await Promise.all([
          import('../system.ts'),
          import('../copies.ts'),
          import('../describe/copy.ts'),
        ]);
        const id = Number(text);
        const { name, overrides } = storeNamed(to);
        const copy = await withApi(invocation, (api) => followCopy(invocation, api, id, name), overrides);
        return { document: { success: true, copy }, text: describeCopy(copy) };
      }),
    );
}
