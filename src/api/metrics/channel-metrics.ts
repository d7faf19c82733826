import type { ListedChannel } from '../../catalog/channels.ts';
import type { MetricDefinition } from './definitions.ts';

/** One of each channel that is on, so that one that was switched off alarms nobody. */
function ofChannels(
  name: string,
  help: string,
  value: (channel: ListedChannel) => number | null,
): MetricDefinition {
  return {
    name: `notifications_${name}`,
    help,
    labels: ['channel', 'kind'],
    samples: ({ channels }) =>
      channels.flatMap((channel) => {
        const { enabled, name: given, kind } = channel;
        const found = enabled ? value(channel) : null;
        return found === null ? [] : [{ labels: { channel: given, kind }, value: found }];
      }),
  };
}

export const channelMetrics: MetricDefinition[] = [
  ofChannels('sent_total', 'Messages and calls that a channel has taken.', ({ sent }) => sent),
  ofChannels('failed_total', 'Attempts to reach a channel that failed.', ({ failed }) => failed),
  ofChannels(
    'given_up_total',
    'Messages that never arrived: too old, or too many.',
    ({ givenUp }) => givenUp,
  ),
  ofChannels('waiting', 'Messages that have not arrived yet.', ({ waiting }) => waiting),
  ofChannels(
    'oldest_waiting_age_seconds',
    'Age of the oldest of them; absent where none waits.',
    ({ oldestWaitingSeconds }) => oldestWaitingSeconds,
  ),
  ofChannels(
    'last_sent_timestamp_seconds',
    'When a channel took a message or a call last; absent where it never did.',
    ({ lastSentAt }) => (lastSentAt === null ? null : lastSentAt.getTime() / 1_000),
  ),
  ofChannels(
    'failing_since_timestamp_seconds',
    'Since when a channel takes nothing; absent while it takes what is sent.',
    ({ failingSince }) => (failingSince === null ? null : failingSince.getTime() / 1_000),
  ),
];
