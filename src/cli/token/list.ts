import type { Command } from 'commander';
import { action, examples } from '../invocation.ts';

export function addListCommand(token: Command): void {
  token
    .command('list')
    .summary('which there are, and when each was used last')
    .description('Lists the tokens, also those that have expired, and when each was used last.')
    .addHelpText('after', examples([['holdfast token list', 'never shows a token itself']]))
    .action(
      action(async (invocation) => {
        const [{ withApi }, { describeTokens }] = await Promise.all([
          import('../system.ts'),
          import('../describe/tokens.ts'),
        ]);
        const tokens = await withApi(invocation, (api) => api.listTokens());
        return { document: { tokens }, text: describeTokens(tokens) };
      }),
    );
}
