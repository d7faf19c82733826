import type { Command } from 'commander';
import { positiveInteger, tableList } from './arguments.ts';
import { action, examples } from './invocation.ts';

interface AcceptOptions {
  tables?: string[];
  usual?: boolean;
  note?: string;
}

export function addAcceptCommand(findings: Command): void {
  findings
    .command('accept')
    .argument('<id>', 'of the finding', positiveInteger)
    .option('-t, --tables <names>', 'only what it says of these tables, as it names them', tableList)
    .option('--usual', 'this is ordinary for these tables: do not report the like again')
    .option('--note <text>', 'why, for the record')
    .summary('the database is as it is meant to be')
    .description(
      'Settles a finding, or what it says of some tables: the database is as it is meant to be. When nothing is open any\nmore, cleanup goes on.',
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast findings accept 3 --note "old orders were archived"', 'all of it'],
        ['holdfast findings accept 3 --tables public.staging --usual', 'one table, also from now on'],
      ]),
    )
    .action(
      action<AcceptOptions>(async (invocation, { tables, usual, note }, [text]) => {
        const [{ withApi }, { describeFinding }] = await Promise.all([
          import('./system.ts'),
          import('./describe/findings.ts'),
        ]);
        const finding = await withApi(invocation, (api) =>
          api.decideFinding(Number(text), {
            decision: 'looks-right',
            ...(tables ? { tables } : {}),
            usual: usual ?? false,
            note: note ?? null,
          }),
        );
        return { document: { success: true, finding }, text: describeFinding(finding) };
      }),
    );
}
