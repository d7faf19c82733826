import type { Command } from 'commander';
import { action, examples } from '../invocation.ts';

export function addImportCommand(program: Command): void {
  program
    .command('import')
    .argument('<file>', 'that holdfast export wrote')
    .option('--identity <file>', 'the recovery key, if the bundle is encrypted (default: HOLDFAST_IDENTITY)')
    .summary('take a backup out of a file that holdfast export wrote')
    .description(
      'Takes the backup of a bundle into the store that backups are written to, with its history. The file is only read.',
    )
    .addHelpText('after', examples([['holdfast import shop.holdfast', 'into the backups of this database']]))
    .action(
      action<{ identity?: string }>(async (invocation, { identity }, [file = '']) => {
        const { importBundle } = await import('../import.ts');
        return await importBundle(invocation, file, identity);
      }),
    );
}
