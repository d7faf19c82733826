import { z } from 'zod';
import { id, storableText, tablePatterns, timestamp } from './fields.ts';
import { schemaNames } from './names.ts';

const table = z.string().meta({ description: '`schema.name`, or `the whole database`' });
const before = { rowsBefore: z.number(), bytesBefore: z.number() };
const usual = z.number().meta({ description: 'The largest share that would still have been usual for it' });

/**
 * What looks like damage in one table, with its figures. `gone`: the table is no longer there. `rows-lost`: it lost more rows than
 * usual. `values-lost`: its rows are there and hold less than they did. `grown`: it holds many times what it did. `rewritten`: more of
 * it changed than usual. `scrambled`: what was read of it hardly compresses any more.
 */
export const sign = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('gone'), table, rows: z.number(), rawBytes: z.number() }),
    z.object({ kind: z.literal('rows-lost'), table, rows: z.number(), rowsBefore: z.number(), usual }),
    z.object({
      kind: z.literal('values-lost'),
      table,
      rows: z.number(),
      bytes: z.number(),
      ...before,
      usual,
    }),
    z.object({
      kind: z.literal('grown'),
      table,
      bytes: z.number(),
      bytesBefore: z.number(),
      usual: z.number().meta({ description: 'The largest factor that would still have been usual for it' }),
    }),
    z.object({
      kind: z.literal('rewritten'),
      table,
      rows: z.number(),
      rowsChanged: z
        .number()
        .nullable()
        .meta({ description: 'Null where only the changed ranges are known' }),
      rangesChanged: z.number(),
      ranges: z.number(),
      usual,
    }),
    z.object({
      kind: z.literal('scrambled'),
      table,
      readBytes: z.number().meta({ description: 'What was read of it for this backup' }),
      ratio: z.number().meta({ description: 'How many times smaller compression makes it' }),
      ratioBefore: z.number(),
    }),
  ])
  .register(schemaNames, { id: 'Sign' });
export type Sign = z.infer<typeof sign>;

export const findingStates = ['open', 'settled', 'explained'] as const;
/** How the signs of one table were settled. */
export const settlements = ['looks-right', 'restored', 'explained'] as const;
export type Settlement = (typeof settlements)[number];

/** What the radar found in one backup. */
export const finding = z
  .object({
    id,
    backupId: id.meta({ description: 'The first backup with it' }),
    backupAt: timestamp.meta({ description: 'The moment whose data that backup has' }),
    foundAt: timestamp,
    state: z.enum(findingStates).meta({
      description:
        'open: cleanup is stopped until it is settled. settled: each table was called right or restored. explained: it was announced beforehand, or a restore caused it',
    }),
    message: z.string().meta({ description: 'What happened, in a sentence' }),
    signs: z
      .array(
        sign.and(
          z.object({
            message: z.string(),
            settled: z.enum(settlements).nullable(),
            withoutId: id.meta({ description: 'The newest backup without it' }),
          }),
        ),
      )
      .meta({ description: 'The largest loss first, at most a hundred' }),
    total: z.number().meta({ description: 'How many signs there are' }),
    withoutId: id.nullable().meta({
      description: 'The newest backup without any of it, from which to restore; null when it was deleted',
    }),
    withoutAt: timestamp.nullable().meta({ description: 'The moment whose data that backup has' }),
    explanation: z
      .string()
      .nullable()
      .meta({ description: 'Why it was expected: the announcement, or the restore' }),
    decidedAt: timestamp.nullable(),
    note: z.string().nullable().meta({ description: 'Of the last decision' }),
  })
  .register(schemaNames, { id: 'Finding' });
export type Finding = z.infer<typeof finding>;

/** `GET /findings`, newest first */
export const findingsAnswer = z
  .object({ findings: z.array(finding), brake: z.lazy(() => brake).nullable() })
  .register(schemaNames, { id: 'FindingsAnswer' });
export type FindingsAnswer = z.infer<typeof findingsAnswer>;

/** That cleanup is stopped, and what that costs. */
export const brake = z
  .object({
    since: timestamp.meta({ description: 'Of the oldest open finding' }),
    findingIds: z.array(id).meta({ description: 'The open findings, newest first, at most a hundred' }),
    findings: z.number(),
    upTo: timestamp.meta({ description: 'Backups of this moment and before are not deleted' }),
    backups: z.number().meta({ description: 'How many the policies would have deleted by now' }),
    bytes: z.number().meta({
      description: 'What these backups had added to their stores: about what their deletion would free',
    }),
  })
  .register(schemaNames, { id: 'Brake' });
export type Brake = z.infer<typeof brake>;

/** `POST /findings/{id}` */
export const decisionBody = z
  .strictObject({
    decision: z.enum(['looks-right']).meta({
      description:
        'looks-right: the database is as it is meant to be. Cleanup goes on when every table is settled',
    }),
    tables: z.array(storableText(300).min(1)).max(10_000).optional().meta({
      description: 'Only of these tables, as `table` of a sign has them; default: all',
    }),
    usual: z.boolean().default(false).meta({
      description: 'Such a change is ordinary for these tables: the like of it is not reported again',
    }),
    note: storableText(1_000).nullable().default(null),
  })
  .register(schemaNames, { id: 'DecisionBody' });
export type DecisionBody = z.input<typeof decisionBody>;

/** What is announced beforehand, so that it raises no alarm. */
export const announcement = z
  .object({
    id,
    tables: z.array(z.string()).meta({ description: 'As given; empty for the whole database' }),
    from: timestamp,
    until: timestamp,
    reason: z.string(),
  })
  .register(schemaNames, { id: 'Announcement' });
export type Announcement = z.infer<typeof announcement>;

/** `POST /announcements` */
export const announcementBody = z
  .strictObject({
    tables: tablePatterns.default([]),
    until: z.iso.datetime({ offset: true }).meta({ description: 'At most 31 days ahead' }),
    reason: storableText(1_000).min(1),
  })
  .register(schemaNames, { id: 'AnnouncementBody' });
export type AnnouncementBody = z.input<typeof announcementBody>;

export const announcementAnswer = z.object({ success: z.literal(true), announcement });
/** `GET /announcements`: those that have not ended, the next to end first */
export const announcementsAnswer = z.object({ announcements: z.array(announcement) });
