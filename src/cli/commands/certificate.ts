import type { Command } from 'commander';
import { addCertificateVerification } from '../alone/certificate-command.ts';
import { examples } from '../invocation.ts';

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
  addCertificateVerification(command, lines);
}
