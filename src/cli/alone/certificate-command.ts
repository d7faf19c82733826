import type { Command } from 'commander';
import { action, examples } from '../invocation.ts';

/** Adds `verify` to `holdfast certificate`. */
export function addCertificateVerification(command: Command, shown: Parameters<typeof examples>[0]): void {
  command
    .command('verify')
    .argument('<file>', 'the certificate')
    .summary('prove that a certificate is whole')
    .description(
      'Proves that nothing of a certificate was changed since it was made, and who signed it. Reads nothing else.',
    )
    .option(
      '--key <key>',
      'who must have signed it: the public key in base64, or the file recovery.key or writer.key that has it',
    )
    .addHelpText('after', examples(shown))
    .action(
      action<{ key?: string }>(async (_invocation, options, [file = '']) => {
        const { verifyCertificate } = await import('./certificate.ts');
        return await verifyCertificate(file, options.key);
      }),
    );
}
