import { HoldfastError } from '../../base/errors.ts';
import type { ListedChannel } from '../../catalog/channels.ts';
import { AddressProblem, kindOf, shownAddress } from '../../channel/address.ts';
import { newWebhookSecret } from '../../channel/webhook.ts';
import { channelBody, channelChanges, channelsLimit, type Channel } from '../../contract/channel.ts';
import { defaultTopics, type ChannelKind } from '../../contract/channel-kinds.ts';
import { outcomeSentence } from '../../contract/channel-words.ts';
import { id } from '../../contract/fields.ts';
import * as routes from '../../contract/routes/channels.ts';
import { endpoint, ok } from '../endpoint.ts';
import { operation } from '../operation.ts';
import { invalidRequest, refuseGiven } from '../validate.ts';

export const createChannel = operation({
  name: 'createChannel',
  takes: [channelBody],
  async run({ catalog, caller }, { name, url, kind: given, secret, topics, ...rules }) {
    const kind = knownKind(url, given);
    requireFitting(kind, { secret, topics });
    const made = kind === 'webhook' && secret === undefined ? newWebhookSecret() : null;
    const added = await catalog.channels.add(
      {
        ...rules,
        name,
        url,
        kind,
        secret: secret ?? made,
        topics: [...new Set(topics ?? defaultTopics(kind))],
        createdBy: caller.actor,
      },
      channelsLimit,
    );
    if (added === 'name') {
      throw new HoldfastError('CHANNEL_EXISTS', `There is a channel ${name} already.`, { details: { name } });
    }
    if (added === 'limit') {
      const message = `There are ${channelsLimit} channels already.`;
      throw new HoldfastError('TOO_MANY_CHANNELS', message, { details: { limit: channelsLimit } });
    }
    return { ...presentChannel(added), secret: made };
  },
  endpoints: [
    endpoint(routes.createChannel, async ({ api, body }) => {
      const { secret, ...channel } = await api.createChannel(body);
      return { status: 201 as const, body: { success: true as const, secret, channel } };
    }),
  ],
});

export const listChannels = operation({
  name: 'listChannels',
  takes: [],
  run: async ({ catalog }) => (await catalog.channels.list()).map(presentChannel),
  endpoints: [endpoint(routes.readChannels, async ({ api }) => ok({ channels: await api.listChannels() }))],
});

export const changeChannel = operation({
  name: 'changeChannel',
  takes: [id, channelChanges],
  async run({ catalog }, asked, changes) {
    const { kind } = found(asked, await catalog.channels.get(asked));
    if (changes.url !== undefined) knownKind(changes.url, kind);
    requireFitting(kind, changes);
    return presentChannel(found(asked, await catalog.channels.change(asked, changes)));
  },
  endpoints: [
    endpoint(routes.changeChannel, async ({ api, params, body }) =>
      ok({ success: true as const, channel: await api.changeChannel(params.id, body) }),
    ),
  ],
});

export const testChannel = operation({
  name: 'testChannel',
  takes: [id],
  async run({ catalog, jobs }, asked) {
    const channel = found(asked, await catalog.channels.get(asked));
    return { success: true as const, name: channel.name, test: await jobs.testChannel(channel) };
  },
  endpoints: [endpoint(routes.testChannel, async ({ api, params }) => ok(await api.testChannel(params.id)))],
});

export const deleteChannel = operation({
  name: 'deleteChannel',
  takes: [id],
  run: async ({ catalog }, asked) => presentChannel(found(asked, await catalog.channels.remove(asked))),
  endpoints: [
    endpoint(routes.deleteChannel, async ({ api, query }) =>
      ok({ success: true as const, deleted: await api.deleteChannel(query.id) }),
    ),
  ],
});

/** @throws INVALID_REQUEST, which does not echo the address */
function knownKind(url: string, given: ChannelKind | undefined): ChannelKind {
  try {
    return kindOf(url, given);
  } catch (error) {
    if (error instanceof AddressProblem) throw invalidRequest([{ field: 'url', problem: error.message }]);
    throw error;
  }
}

function requireFitting(kind: ChannelKind, { secret, topics }: { secret?: unknown; topics?: unknown }): void {
  if (kind !== 'webhook') refuseGiven({ secret }, 'is only for a channel of the kind webhook');
  if (kind === 'healthchecks') {
    refuseGiven({ topics }, 'has no meaning for this kind: it is called while all is well');
  }
}

function found(id: number, channel: ListedChannel | undefined): ListedChannel {
  if (channel) return channel;
  throw new HoldfastError('CHANNEL_NOT_FOUND', `There is no channel ${id}.`, { details: { id } });
}

/** Without its address and its secret. */
function presentChannel(record: ListedChannel): Channel {
  const { id, name, kind, url, topics, repeatHours, recovery, enabled, createdAt, createdBy } = record;
  const { waiting, nextTryAt, failingSince, lastProblem, lastSentAt, givenUp, lastGivenUpAt } = record;
  return {
    id,
    name,
    kind,
    address: shownAddress(url),
    topics,
    repeatHours,
    recovery,
    enabled,
    createdAt: createdAt.toISOString(),
    createdBy,
    lastSentAt: lastSentAt?.toISOString() ?? null,
    waiting,
    nextTryAt: waiting === 0 ? null : nextTryAt.toISOString(),
    failingSince: failingSince?.toISOString() ?? null,
    lastProblem: lastProblem && { ...lastProblem, message: outcomeSentence(lastProblem, kind) },
    givenUp,
    lastGivenUpAt: lastGivenUpAt?.toISOString() ?? null,
  };
}
