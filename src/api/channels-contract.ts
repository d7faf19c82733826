import type * as shapes from '../contract/shapes.ts';

/** Channels, by which people are told when backups are not well: a part of `BackupApi`. */
export interface ChannelsApi {
  /**
   * Adds one; it is told at once what lasts. The secret of a webhook for which none was given is in this answer and nowhere else.
   * @throws CHANNEL_EXISTS, TOO_MANY_CHANNELS
   */
  createChannel(body: shapes.ChannelBody): Promise<shapes.NewChannel>;
  /** By name. */
  listChannels(): Promise<shapes.Channel[]>;
  /** What is left out stays as it is. @throws CHANNEL_NOT_FOUND */
  changeChannel(id: number, changes: shapes.ChannelChanges): Promise<shapes.Channel>;
  /** Sends a message now. That it does not arrive is no error, but said in the answer. @throws CHANNEL_NOT_FOUND */
  testChannel(id: number): Promise<shapes.ChannelTestAnswer>;
  /** With the messages that wait for it. @throws CHANNEL_NOT_FOUND */
  deleteChannel(id: number): Promise<shapes.Channel>;
}
