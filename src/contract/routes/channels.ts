import { z } from 'zod';
import {
  channelAnswer,
  channelBody,
  channelChanges,
  channelDeleteAnswer,
  channelsAnswer,
  channelTestAnswer,
  newChannelAnswer,
} from '../channel.ts';
import { idText } from '../fields.ts';
import { route } from '../route.ts';

export const createChannel = route({
  method: 'POST',
  path: '/channels',
  summary: 'Add a channel: where people are told when backups are not well',
  description:
    'Its address is kept in the catalog, and no answer, log or message ever shows what is secret in it.',
  body: channelBody,
  bodyRequired: true,
  answers: { 201: { description: 'It is there, and is told what lasts', schema: newChannelAnswer } },
});

export const readChannels = route({
  method: 'GET',
  path: '/channels',
  scope: 'read',
  summary: 'The channels, and whether each takes its messages',
  answers: { 200: { description: 'By name, without secrets', schema: channelsAnswer } },
});

export const changeChannel = route({
  method: 'POST',
  path: '/channels/{id}',
  summary: 'Change a channel: its address or what it is told of',
  description: 'What is left out stays as it is.',
  params: z.object({ id: idText }),
  body: channelChanges,
  bodyRequired: true,
  answers: { 200: { description: 'As it is now', schema: channelAnswer } },
});

export const testChannel = route({
  method: 'POST',
  path: '/channels/{id}/test',
  summary: 'Send a message to a channel now, and say what came of it',
  description:
    'Within seconds, also where the receiver does not answer. Of its answer only the status is told.',
  params: z.object({ id: idText }),
  answers: {
    200: { description: 'What came of it, also where it did not arrive', schema: channelTestAnswer },
  },
});

export const deleteChannel = route({
  method: 'DELETE',
  path: '/channels',
  summary: 'Remove a channel, with the messages that wait for it',
  query: z.strictObject({ id: idText }),
  answers: { 200: { description: 'It is gone', schema: channelDeleteAnswer } },
});
