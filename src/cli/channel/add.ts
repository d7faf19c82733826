/*
 * channel/ owns the commands about channels. It never prints the address of one, or a secret but a new one, once.
 */
import { Option, type Command } from 'commander';
import { channelKinds, type ChannelKind } from '../../contract/channel-kinds.ts';
import { usage } from '../alone/options.ts';
import { action, examples } from '../invocation.ts';
import { addRuleOptions, rulesOf, type RuleOptions } from './rules.ts';

export function addAddCommand(channel: Command): void {
  addRuleOptions(
    channel
      .command('add')
      .argument('<name>', 'to call it by: a-z, 0-9 and -')
      .argument('[url]', 'https://…, smtp://… or smtps://…; or --url-file')
      .addOption(new Option('--kind <kind>', 'default: what the address says').choices(channelKinds)),
  )
    .summary('add one; it is told at once what lasts')
    .description(
      'Adds a channel. Its address is kept in the catalog and never shown again. A webhook is given a secret that its receiver verifies messages with; it is printed this once.',
    )
    .addHelpText(
      'after',
      examples([
        ['holdfast channel add on-call https://alerts.example.com/holdfast', 'a signed webhook'],
        [
          'holdfast channel add ops "smtp://localhost:25/?from=backup@example.com&to=ops@example.com"',
          'e-mail',
        ],
        ['holdfast channel add alive https://hc-ping.com/UUID', 'called while all is well'],
      ]),
    )
    .action(
      action<RuleOptions & { kind?: ChannelKind }>(async (invocation, options, [name = '', given]) => {
        if ((given === undefined) === (options.urlFile === undefined)) {
          throw usage('channel add', 'Give the address of the channel, or --url-file.');
        }
        const [{ withApi }, { describeNewChannel }] = await Promise.all([
          import('../system.ts'),
          import('../describe/channels.ts'),
        ]);
        const { url = given!, ...rules } = await rulesOf(options);
        const { kind, recovery } = options;
        const { secret, ...added } = await withApi(invocation, (api) =>
          api.createChannel({ name, url, ...rules, ...(kind ? { kind } : {}), recovery: recovery !== false }),
        );
        return {
          document: { success: true, secret, channel: added },
          text: describeNewChannel(added, secret),
        };
      }),
    );
}
