import type { Command } from 'commander';
import { action, examples } from '../invocation.ts';

export function addCertificateCommand(program: Command): void {
  const command = program
    .command('certificate')
    .summary('check the certificate of a drill')
    .description('What a drill has found, as a document that can be checked anywhere. Needs no database.');
  const lines = [
    ['holdfast certificate verify certificate.json', 'exit code 7 where a byte of it was changed'],
    [
      'holdfast certificate verify certificate.json --key recovery.key',
      'and where it is not signed by a key of that store',
    ],
  ] as const;
  command.addHelpText('after', examples(lines));
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
    .addHelpText('after', examples(lines))
    .action(
      action<{ key?: string }>(async (_invocation, options, [file = '']) => {
        const { verifyCertificate } = await import('../certificate.ts');
        return await verifyCertificate(file, options.key);
      }),
    );
}
