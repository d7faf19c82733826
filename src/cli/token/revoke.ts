import type { Command } from 'commander';
import { positiveInteger } from '../arguments.ts';
import { action, examples } from '../invocation.ts';

export function addRevokeCommand(token: Command): void {
  token
    .command('revoke')
    .argument('<id>', 'of the token', positiveInteger)
    .summary('the next call with it is refused')
    .description('Revokes a token: the next call with it is refused, by every process.')
    .addHelpText('after', examples([['holdfast token revoke 3', 'the id is that of holdfast token list']]))
    .action(
      action(async (invocation, _, [id]) => {
        const [{ withApi }, { describeRevoked }] = await Promise.all([
          import('../system.ts'),
          import('../describe/tokens.ts'),
        ]);
        const deleted = await withApi(invocation, (api) => api.deleteToken(Number(id)));
        return { document: { success: true, deleted }, text: describeRevoked(deleted) };
      }),
    );
}
