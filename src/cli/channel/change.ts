import { Option, type Command } from 'commander';
import { usage } from '../alone/options.ts';
import { action, examples } from '../invocation.ts';
import { addRuleOptions, rulesOf, type RuleOptions } from './rules.ts';

interface ChangeOptions extends RuleOptions {
  url?: string;
  on?: boolean;
  off?: boolean;
}

export function addChangeCommand(channel: Command): void {
  addRuleOptions(
    channel
      .command('change')
      .argument('<name>', 'of the channel')
      // Before its opposite, which would otherwise make it the default: what is left out must stay.
      .option('--recovery', 'tell when a problem is over')
      .option('--url <url>', 'another address of the same kind')
      .option('--off', 'send nothing there until it is switched on again')
      .addOption(new Option('--on', 'send what waits, and what comes').conflicts('off')),
  )
    .summary('change its address, or what it is told of')
    .description(
      'Changes a channel; what is left out stays as it is. What waits for it is tried again at once.',
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast channel change on-call --topics backup.failed,backup.late', 'no more than that'],
        ['holdfast channel change on-call --off', 'during a move'],
      ]),
    )
    .action(
      action<ChangeOptions>(async (invocation, options, [name = '']) => {
        const { url, on, off, recovery } = options;
        const changes = {
          ...(url === undefined ? {} : { url }),
          ...(await rulesOf(options)),
          ...(recovery === undefined ? {} : { recovery }),
          ...(on || off ? { enabled: on === true } : {}),
        };
        if (Object.keys(changes).length === 0)
          throw usage('channel change', 'Say what is to be another way.');
        const [{ withApi }, { describeChannels }, { channelNamed }] = await Promise.all([
          import('../system.ts'),
          import('../describe/channels.ts'),
          import('./named.ts'),
        ]);
        const changed = await withApi(invocation, async (api) =>
          api.changeChannel((await channelNamed(api, name)).id, changes),
        );
        return { document: { success: true, channel: changed }, text: describeChannels([changed]) };
      }),
    );
}
