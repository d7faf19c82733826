import type { Command } from 'commander';
import { action, examples } from '../invocation.ts';

export function addRemoveCommand(channel: Command): void {
  channel
    .command('remove')
    .argument('<name>', 'of the channel')
    .summary('nothing is sent there any more')
    .description('Removes a channel, with the messages that wait for it.')
    .addHelpText(
      'after',
      examples([['holdfast channel remove on-call', 'of those in holdfast channel list']]),
    )
    .action(
      action(async (invocation, _, [name = '']) => {
        const [{ withApi }, { describeRemoved }, { channelNamed }] = await Promise.all([
          import('../system.ts'),
          import('../describe/channels.ts'),
          import('./named.ts'),
        ]);
        const deleted = await withApi(invocation, async (api) =>
          api.deleteChannel((await channelNamed(api, name)).id),
        );
        return { document: { success: true, deleted }, text: describeRemoved(deleted) };
      }),
    );
}
