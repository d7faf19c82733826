import type { Command } from 'commander';
import { action, examples } from '../invocation.ts';

interface KeygenOptions {
  out: string;
}

export function addKeygenCommand(program: Command): void {
  program
    .command('keygen')
    .summary('make the keys of an encrypted store')
    .description(
      'Makes the keys of an encrypted store: recovery.key, which opens its backups, and writer.key, which writes and signs them\nand opens nothing. Replaces no file. Needs no database.',
    )
    .requiredOption('--out <dir>', 'the folder to write them into; created if it is not there')
    .addHelpText(
      'after',
      examples([
        ['holdfast keygen --out keys', 'writes keys/recovery.key and keys/writer.key'],
        ['holdfast keygen --out keys --json | jq -r .recipient', 'the public key, for programs'],
      ]),
    )
    .action(
      action<KeygenOptions>(async (_invocation, { out }) => {
        const { generateKeys } = await import('../keygen.ts');
        return await generateKeys(out);
      }),
    );
}
