import type { Command } from 'commander';
import { addAcceptCommand } from '../accept-finding.ts';
import { positiveInteger } from '../arguments.ts';
import { action, examples } from '../invocation.ts';

export function addFindingsCommand(program: Command): void {
  const findings = program
    .command('findings')
    .argument('[id]', 'of one finding', positiveInteger)
    .option('-a, --all', 'also those that are settled or explained')
    .summary('what looks like damage to the data, and what cleanup keeps because of it')
    .description(
      'Each backup is compared with the ones before it. What looks like damage to the data is a finding: until it is\nsettled, no backup from before the damage is deleted. A restore in place of a backup from before it settles it, or\n`findings accept`.',
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast findings', 'what is open'],
        ['holdfast findings 3', 'all that finding 3 says'],
        ['holdfast restore 41 --tables orders', 'restore what was damaged'],
        ['holdfast findings accept 3', 'the database is as it is meant to be'],
      ]),
    )
    .helpCommand(false)
    .action(
      action<{ all?: boolean }>(async (invocation, { all }, [text]) => {
        const [{ withApi }, { describeFinding, describeFindings }] = await Promise.all([
          import('../system.ts'),
          import('../describe/findings.ts'),
        ]);
        if (text !== undefined) {
          const finding = await withApi(invocation, (api) => api.getFinding(Number(text)));
          return { document: { finding }, text: describeFinding(finding) };
        }
        const answer = await withApi(invocation, (api) => api.listFindings(all ? {} : { state: 'open' }));
        return { document: answer, text: describeFindings(answer) };
      }),
    );
  addAcceptCommand(findings);
}
