import { z } from 'zod';
import { id, storableText, timestamp } from './fields.ts';
import { schemaNames } from './names.ts';
import { channelKinds } from './channel-kinds.ts';
import { topic } from './notice.ts';
import { topics, topicWords } from './topics.ts';

/** At most this many. */
export const channelsLimit = 20;
/** Messages that wait for one channel at most; of more the oldest are given up. */
export const waitingLimit = 100;
/** How long a message is tried. */
export const giveUpAfterHours = 24;
/** How often a channel of the kind `healthchecks` is called. */
export const pingMinutes = 15;

const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must consist of a-z, 0-9 and -, and have at most 63 characters')
  .meta({ examples: ['on-call'] });

const rules = {
  topics: z
    .array(topic)
    .min(1)
    .max(topics.length)
    .meta({
      description: Object.entries(topicWords)
        .map(([each, words]) => `\`${each}\`: ${words}`)
        .join('. '),
    }),
  repeatHours: z
    .number()
    .min(0)
    .max(720)
    .meta({ description: 'A problem that lasts is told again after this time; 0 for never' }),
  recovery: z.boolean().meta({ description: 'Whether it is told when a problem is over' }),
  enabled: z.boolean().meta({ description: 'Whether anything is sent there. What waits, waits on' }),
};

const url = storableText(2_000).min(1).meta({
  description:
    'Where to: `https://…`, `smtp://…` or `smtps://…`. It may hold secrets: it is kept in the catalog and never shown again',
});
const secret = z
  .string()
  .regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, 'must be whsec_ and 24 to 64 bytes in base64')
  .meta({
    description: 'Of a webhook: what its messages are signed with. Default: a new one, shown this once',
  });

/** `POST /channels` */
export const channelBody = z
  .strictObject({
    name,
    url,
    kind: z
      .enum(channelKinds)
      .optional()
      .meta({ description: 'Default: what the address says; `webhook` for one that says nothing' }),
    secret: secret.optional(),
    topics: rules.topics.optional().meta({
      description:
        'What it is told of. Default: all but `remarks`; without `restore.done` where each message calls a person',
    }),
    repeatHours: rules.repeatHours.default(24),
    recovery: rules.recovery.default(true),
    enabled: rules.enabled.default(true),
  })
  .register(schemaNames, { id: 'ChannelBody' });
export type ChannelBody = z.input<typeof channelBody>;

/** `POST /channels/{id}`: what is left out stays as it is. */
export const channelChanges = z
  .strictObject({
    url: url.optional().meta({ description: 'Another address of the same kind' }),
    secret: secret.optional(),
    topics: rules.topics.optional(),
    repeatHours: rules.repeatHours.optional(),
    recovery: rules.recovery.optional(),
    enabled: rules.enabled.optional(),
  })
  .register(schemaNames, { id: 'ChannelChanges' });
export type ChannelChanges = z.input<typeof channelChanges>;

/** Why a message did not arrive. Never what the receiver said beside its status. */
export const deliveryProblems = [
  'NAME_UNKNOWN',
  'ADDRESS_REFUSED',
  'UNREACHABLE',
  'TLS_FAILED',
  'NO_ANSWER',
  'REDIRECTED',
  'REFUSED',
  'LOGIN_REFUSED',
  'PACKAGE_MISSING',
] as const;
export type DeliveryProblem = (typeof deliveryProblems)[number];

const outcome = {
  problem: z.enum(deliveryProblems).nullable().meta({ description: 'Null where the receiver took it' }),
  status: z
    .number()
    .nullable()
    .meta({ description: 'What the receiver answered: a status of HTTP, or a code of SMTP' }),
};

/** What came of one attempt. */
export interface DeliveryOutcome {
  problem: DeliveryProblem | null;
  status: number | null;
}

/** A channel, without what its address has of secrets. */
export const channel = z
  .object({
    id,
    name: z.string(),
    kind: z.enum(channelKinds),
    address: z.string().meta({ description: 'Without secrets: of most only the host' }),
    ...rules,
    topics: z
      .array(topic)
      .meta({ description: 'What it is told of; none of one of the kind `healthchecks`' }),
    createdAt: timestamp,
    createdBy: z.string().meta({ description: 'Who added it' }),
    lastSentAt: timestamp.nullable().meta({ description: 'When it took a message or a call last' }),
    waiting: z.number().meta({ description: 'Messages that have not arrived yet' }),
    nextTryAt: timestamp.nullable().meta({ description: 'When the oldest of them is tried next' }),
    failingSince: timestamp.nullable().meta({ description: 'Since when it takes none' }),
    lastProblem: z
      .object({ ...outcome, message: z.string() })
      .nullable()
      .meta({ description: 'Of the last attempt, where it failed' }),
    givenUp: z.number().meta({ description: 'Messages that never arrived: too old, or too many' }),
    lastGivenUpAt: timestamp.nullable(),
  })
  .register(schemaNames, { id: 'Channel' });
export type Channel = z.infer<typeof channel>;

/** `GET /channels` */
export const channelsAnswer = z.object({ channels: z.array(channel) });

/** A new webhook has a secret that its receiver needs. */
export interface NewChannel extends Channel {
  /** Of a webhook for which none was given: it is shown this once. */
  secret: string | null;
}

export const newChannelAnswer = z.object({
  success: z.literal(true),
  secret: z.string().nullable().meta({
    description: 'Of a webhook for which none was given: what its receiver verifies messages with, this once',
  }),
  channel,
});

export const channelAnswer = z.object({ success: z.literal(true), channel });

export const channelDeleteAnswer = z.object({ success: z.literal(true), deleted: channel });

/** `POST /channels/{id}/test` */
export const channelTest = z
  .object({
    delivered: z.boolean(),
    ...outcome,
    message: z.string().meta({ description: 'The outcome in words' }),
    tookMs: z.number(),
  })
  .register(schemaNames, { id: 'ChannelTest' });
export type ChannelTest = z.infer<typeof channelTest>;

export const channelTestAnswer = z.object({
  success: z.literal(true),
  name: z.string(),
  test: channelTest,
});
export type ChannelTestAnswer = z.infer<typeof channelTestAnswer>;
