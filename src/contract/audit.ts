import { z } from 'zod';
import { id, pageQuery, pageQueryText, storableText, timestamp } from './fields.ts';
import { schemaNames } from './names.ts';
import { runKinds } from './states.ts';

const since = z.iso.datetime({ offset: true }).meta({ description: 'Only calls from then on' });
const filters = {
  cursor: pageQuery.shape.cursor,
  actor: storableText(200).min(1).optional().meta({ description: 'Only calls of this actor' }),
  operation: z
    .string()
    .regex(/^\w{1,60}$/, 'must be the name of an operation, such as deleteBackup')
    .optional()
    .meta({ description: 'Only calls of this operation: `deleteBackup`, `restore`, …' }),
  since: since.optional(),
};

export const auditQuery = z.strictObject({ limit: pageQuery.shape.limit, ...filters });
export type AuditQuery = z.input<typeof auditQuery>;

/** The same in a query string. */
export const auditQueryText = z.strictObject({ limit: pageQueryText.limit, ...filters });

/** How a call came in. */
export const auditWays = [
  'application',
  'actor',
  'token',
  'token-session',
  'oidc',
  'oidc-session',
  'host',
  'anonymous',
  'schedule',
  'run',
] as const;

export const auditOutcome = z
  .object({
    at: timestamp,
    status: z.number().int().meta({ description: '200 where it went well; else that of the error' }),
    code: z.string().nullable().meta({ description: 'Of the error' }),
    run: z
      .object({ kind: z.enum(runKinds), id })
      .nullable()
      .meta({ description: 'What it started or ended' }),
  })
  .register(schemaNames, { id: 'AuditOutcome' });
export type AuditOutcome = z.infer<typeof auditOutcome>;

/** What a row says of a call besides its number and its time. */
export const auditedCall = z.object({
  actor: z.string(),
  by: z.enum(auditWays).meta({
    description:
      'application: code of the application. actor: the same in the name of an actor, and the command line. token, token-session, oidc, oidc-session, host: over HTTP; oidc: by a token of the identity provider. anonymous: over HTTP, and refused. schedule: a schedule ordered it. run: a run has ended',
  }),
  subject: z.string().nullable().meta({
    description:
      'Of one whom the identity provider has named: its address and their `sub`, which stay when a name changes',
  }),
  tokenId: id.nullable().meta({ description: 'Of the token of the API' }),
  session: z.string().nullable().meta({ description: 'The beginning of the name of the session' }),
  address: z.string().nullable().meta({ description: 'Of the connection, or the machine of a command line' }),
  forwardedFor: z
    .string()
    .nullable()
    .meta({ description: 'What the nearest proxy says; without a proxy a caller can write anything there' }),
  operation: z.string().meta({ description: 'The name of its method: `deleteBackup`' }),
  parameters: z.array(z.unknown()).meta({
    description:
      'Its arguments, without keys, addresses of servers, conditions, statements and values of rows',
  }),
});
export type AuditedCall = z.infer<typeof auditedCall>;

/** One call that changed, opened or downloaded something, or tried to. */
export const auditEntry = auditedCall
  .extend({
    id: id.meta({ description: 'The number of its row' }),
    at: timestamp,
    outcome: auditOutcome.nullable().meta({
      description: 'Null while it is under way, and for ever where its process was killed',
    }),
    hash: z.string().meta({ description: 'Of its row' }),
  })
  .register(schemaNames, { id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof auditEntry>;

/** `GET /audit`, newest first. */
export const auditPage = z
  .object({ entries: z.array(auditEntry), total: z.number(), nextCursor: z.string().optional() })
  .register(schemaNames, { id: 'AuditPage' });
export type AuditPage = z.infer<typeof auditPage>;

export const auditProblem = z
  .object({
    kind: z.enum(['missing', 'changed', 'moved', 'cut', 'replaced', 'backup']).meta({
      description:
        'missing: rows are gone. changed: a row is not what was written. moved: it does not follow the row before it. cut: the last rows are gone. replaced: another row was there when a backup was taken, or when the head was written. backup: a backup that this catalog has taken names another chain',
    }),
    row: z.number().int().nullable(),
    lastRow: z.number().int().nullable(),
    message: z.string(),
  })
  .register(schemaNames, { id: 'AuditProblem' });
export type AuditProblem = z.infer<typeof auditProblem>;

/** `GET /audit/verify` */
export const auditProof = z
  .object({
    intact: z.boolean(),
    rows: z.number().int(),
    head: z.object({ chain: z.string(), row: z.number().int(), hash: z.string() }).nullable().meta({
      description: 'The last row. Kept elsewhere, it shows later whether anything before it was changed',
    }),
    problems: z.array(auditProblem).meta({ description: 'The first hundred' }),
    backups: z.object({
      compared: z.number().int().meta({ description: 'Backups whose head was looked for in the chain' }),
      without: z.number().int().meta({ description: 'Backups without one: of earlier versions' }),
      otherChain: z
        .number()
        .int()
        .meta({ description: 'Backups that name another chain: imported ones, of another catalog' }),
      unread: z
        .array(z.object({ backupId: id, message: z.string() }))
        .meta({ description: 'Backups whose manifest could not be read now' }),
    }),
  })
  .register(schemaNames, { id: 'AuditProof' });
export type AuditProof = z.infer<typeof auditProof>;
