import type { Command } from 'commander';
import { errorCatalogue } from '../base/errors.ts';
import { action, examples } from './invocation.ts';

export function addVerifyAuditCommand(audit: Command): void {
  audit
    .command('verify')
    .summary('whether no row was removed, changed or moved')
    .description(
      'Computes the hash of each row of the audit again, and looks in it for the rows that the manifests of the backups\nname. Needs no key. Ends with exit code 7 if a row was removed, changed or moved.',
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast audit verify', 'exit code 0: it is as it was written'],
        ['holdfast audit verify --json', 'the same in a script; head is worth keeping elsewhere'],
      ]),
    )
    .action(
      action(async (invocation) => {
        const [{ withApi }, { describeAuditProof }] = await Promise.all([
          import('./system.ts'),
          import('./describe/audit.ts'),
        ]);
        const proof = await withApi(invocation, (api) => api.verifyAudit());
        const exitCode = proof.intact ? 0 : errorCatalogue.CHUNK_CORRUPT.exitCode;
        return { document: proof, text: describeAuditProof(proof), exitCode };
      }),
    );
}
