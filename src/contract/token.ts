import { z } from 'zod';
import { id, storableText, timestamp } from './fields.ts';
import { schemaNames } from './names.ts';
import { scopeWords } from './scope-words.ts';
import { scopes } from './scopes.ts';

export const scope = z.enum(scopes).register(schemaNames, { id: 'Scope' });

/** What every token of the API begins with. */
export const tokenPrefix = 'hf_';

/** At most this many that can be used at a time. */
export const tokensLimit = 500;

/** `POST /tokens` */
export const tokenBody = z
  .strictObject({
    name: storableText(100).min(1).meta({ description: 'Who or what uses it: `deploy`, `grafana`' }),
    scopes: z
      .array(scope)
      .min(1)
      .max(scopes.length)
      .meta({
        description: Object.entries(scopeWords)
          .map(([name, words]) => `\`${name}\`: ${words}`)
          .join('. '),
      }),
    databases: z.array(storableText(200).min(1)).min(1).max(1_000).nullable().default(null).meta({
      description:
        'The names of the databases that it is for; null for all of them. A call that names none is about the first of these. Not with `admin`, which is about all of them',
    }),
    expiresAt: z.iso
      .datetime({ offset: true })
      .nullable()
      .default(null)
      .meta({ description: 'From then on it is refused; null for never' }),
  })
  .register(schemaNames, { id: 'TokenBody' });
export type TokenBody = z.input<typeof tokenBody>;

/** A token of the API, without what it is used by. */
export const apiToken = z
  .object({
    id,
    name: z.string(),
    scopes: z.array(scope),
    databases: z
      .array(z.string())
      .nullable()
      .meta({ description: 'The databases that it is for; null for all of them' }),
    start: z.string().meta({ description: 'Its first characters, to know it by' }),
    createdAt: timestamp,
    createdBy: z.string().meta({ description: 'Who made it' }),
    expiresAt: timestamp.nullable(),
    lastUsedAt: timestamp.nullable().meta({ description: 'To the minute' }),
  })
  .register(schemaNames, { id: 'ApiToken' });
export type ApiToken = z.infer<typeof apiToken>;

export interface NewToken extends ApiToken {
  /** The token itself. It is shown this once and not stored. */
  token: string;
}

/** `token` beside the rest: what a script takes. */
export const newTokenAnswer = z.object({
  success: z.literal(true),
  token: z.string().meta({ description: 'The token itself. It is shown this once and not stored' }),
  created: apiToken,
});

/** `GET /tokens` */
export const tokensAnswer = z.object({ tokens: z.array(apiToken) });

export const tokenDeleteAnswer = z.object({ success: z.literal(true), deleted: apiToken });
