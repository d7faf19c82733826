import { Option, type Command } from 'commander';
import { approvalStates, type ApprovalState } from '../../contract/approval.ts';
import { action, examples } from '../invocation.ts';

export function addApprovalsCommand(program: Command): void {
  program
    .command('approvals')
    .addOption(new Option('--state <state>', 'only those').choices(approvalStates))
    .summary('what needs a second actor, and the calls that wait for one')
    .description(
      'Lists the calls that need a second actor (four eyes) and what became of them, the newest first. They are approved on the\npage or over HTTP, where it is known who calls: a command line says of itself who calls it.',
    )
    .addHelpText(
      'after',
      examples([['holdfast approvals --state pending', 'what waits; approve it on the page']]),
    )
    .action(
      action<{ state?: ApprovalState }>(async (invocation, { state }) => {
        const [{ withApi }, { describeApprovals }] = await Promise.all([
          import('../system.ts'),
          import('../describe/approvals.ts'),
        ]);
        const answer = await withApi(invocation, (api) => api.listApprovals(state ? { state } : {}));
        return { document: answer, text: describeApprovals(answer) };
      }),
    );
}
