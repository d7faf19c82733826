import type { Command } from 'commander';
import { action, examples } from '../invocation.ts';

export function addListCommand(channel: Command): void {
  channel
    .command('list')
    .summary('which there are, and whether each takes its messages')
    .description(
      'Lists the channels: what each is told of, when it took a message last, and what waits for it.',
    )
    .addHelpText('after', examples([['holdfast channel list', 'never shows a secret']]))
    .action(
      action(async (invocation) => {
        const [{ withApi }, { describeChannels }] = await Promise.all([
          import('../system.ts'),
          import('../describe/channels.ts'),
        ]);
        const channels = await withApi(invocation, (api) => api.listChannels());
        return { document: { channels }, text: describeChannels(channels) };
      }),
    );
}
