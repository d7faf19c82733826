import type { Command } from 'commander';
import { action, examples } from '../invocation.ts';

export function addTestCommand(channel: Command): void {
  channel
    .command('test')
    .argument('<name>', 'of the channel')
    .summary('send a message now, and say what came of it')
    .description('Sends a message to a channel now. Ends with exit code 4 where it does not arrive.')
    .addHelpText('after', examples([['holdfast channel test on-call', 'after it was added']]))
    .action(
      action(async (invocation, _, [name = '']) => {
        const [{ withApi }, { describeChannelTest }, { channelNamed }] = await Promise.all([
          import('../system.ts'),
          import('../describe/channels.ts'),
          import('./named.ts'),
        ]);
        const answer = await withApi(invocation, async (api) =>
          api.testChannel((await channelNamed(api, name)).id),
        );
        const { test } = answer;
        return { document: answer, text: describeChannelTest(name, test), exitCode: test.delivered ? 0 : 4 };
      }),
    );
}
