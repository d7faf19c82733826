import { topics, type Topic } from './topics.ts';

/** Ways to reach a person. `healthchecks` gets no messages: it is called while all is well, and its silence is the alarm. */
export const channelKinds = [
  'webhook',
  'email',
  'slack',
  'discord',
  'teams',
  'ntfy',
  'telegram',
  'pagerduty',
  'opsgenie',
  'healthchecks',
] as const;
export type ChannelKind = (typeof channelKinds)[number];

/** These call a person, so what has gone well is not for them. */
const calling: readonly ChannelKind[] = ['pagerduty', 'opsgenie'];

/** What a channel is told of where nothing is said. */
export function defaultTopics(kind: ChannelKind): Topic[] {
  if (kind === 'healthchecks') return [];
  return topics.filter((each) => each !== 'remarks' && !(each === 'restore.done' && calling.includes(kind)));
}
