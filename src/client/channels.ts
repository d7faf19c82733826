import type * as shapes from '../contract/shapes.ts';
import { partOf, type CallAddress } from './call.ts';
import type { CallOptions } from './transport.ts';

/** Channels, by which people are told when backups are not well: a part of `Client`. */
export interface ChannelCalls {
  /** Adds one. The secret of a webhook for which none was given is in this answer and nowhere else. */
  createChannel(body: shapes.ChannelBody, call?: CallOptions): Promise<shapes.NewChannel>;
  /** By name. */
  listChannels(call?: CallOptions): Promise<shapes.Channel[]>;
  /** What is left out stays as it is. */
  changeChannel(id: number, changes: shapes.ChannelChanges, call?: CallOptions): Promise<shapes.Channel>;
  /** Sends a message now, and says what came of it. */
  testChannel(id: number, call?: CallOptions): Promise<shapes.ChannelTestAnswer>;
  /** With the messages that wait for it. */
  deleteChannel(id: number, call?: CallOptions): Promise<shapes.Channel>;
}

export function channelCalls(call: CallAddress): ChannelCalls {
  return {
    async createChannel(body, given) {
      const { secret, channel } = await call('POST /channels', { body }, given);
      return { ...channel, secret };
    },
    listChannels: async (given) => partOf(await call('GET /channels', {}, given), 'channels'),
    changeChannel: async (id, body, given) =>
      partOf(await call('POST /channels/{id}', { params: { id }, body }, given), 'channel'),
    testChannel: (id, given) => call('POST /channels/{id}/test', { params: { id } }, given),
    deleteChannel: async (id, given) =>
      partOf(await call('DELETE /channels', { query: { id } }, given), 'deleted'),
  };
}
