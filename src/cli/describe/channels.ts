import type { Channel, ChannelTest } from '../../api/contract.ts';
import { count, relative } from '../../base/units.ts';
import { channelKindWords } from '../../contract/channel-words.ts';
import { bold, dim, green, red, yellow } from '../terminal/style.ts';
import { printable } from '../terminal/text.ts';

/** The secret alone in its line, so that it can be copied whole. */
export function describeNewChannel(channel: Channel, secret: string | null): string {
  const added = `${green('✓')} ${headOf(channel)}`;
  const tryIt = `Try it: holdfast channel test ${channel.name}`;
  if (secret === null) return `${added}\n\n${tryIt}`;
  return [
    added,
    '',
    `  ${bold(secret)}`,
    '',
    'Keep it now: it is not shown again. The receiver verifies each message with it, as Standard Webhooks says.',
    tryIt,
  ].join('\n');
}

export function describeChannels(channels: readonly Channel[]): string {
  if (channels.length === 0) return 'There are no channels: nobody is told when backups fail.';
  return channels.map(describeChannel).join('\n');
}

function describeChannel(channel: Channel): string {
  const { enabled, failingSince, topics, kind } = channel;
  const sign = enabled ? (failingSince === null ? green('✓') : red('✗')) : yellow('–');
  const told = kind === 'healthchecks' ? 'called while all is well' : `told of ${topics.join(', ')}`;
  return [
    `${sign} ${headOf(channel)}`,
    `  ${dim(told)}`,
    ...stateLines(channel).map((line) => `  ${line}`),
  ].join('\n');
}

function stateLines({ enabled, failingSince, lastProblem, lastSentAt, waiting, givenUp }: Channel): string[] {
  return [
    ...(enabled ? [] : ['switched off']),
    dim(lastSentAt === null ? 'has taken nothing yet' : `took something last ${relative(lastSentAt)}`),
    ...(failingSince === null
      ? []
      : [red(`has taken nothing since ${relative(failingSince)}: ${lastProblem?.message ?? ''}`)]),
    ...(waiting === 0 ? [] : [`${count(waiting)} waiting`]),
    ...(givenUp === 0 ? [] : [yellow(`${count(givenUp)} given up`)]),
  ];
}

export function describeChannelTest(name: string, { delivered, message, tookMs }: ChannelTest): string {
  return `${delivered ? green('✓') : red('✗')} ${bold(name)}: ${message} (${tookMs} ms)`;
}

export function describeRemoved(channel: Channel): string {
  const { waiting } = channel;
  const lost =
    waiting === 0 ? '' : ` ${count(waiting)} waiting for it ${waiting === 1 ? 'is' : 'are'} gone too.`;
  return `${green('✓')} Removed: ${headOf(channel)}.${lost}`;
}

function headOf({ name, kind, address }: Channel): string {
  return `${bold(name)} ${channelKindWords[kind]}, ${printable(address)}`;
}
