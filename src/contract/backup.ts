import { z } from 'zod';
import { errorCatalogue, type ErrorCode } from '../base/errors.ts';
import { schemaNames } from './names.ts';
import { backupTriggers } from './states.ts';
import {
  errorAnswer,
  flagText,
  id,
  maxWorkers,
  pageQuery,
  pageQueryText,
  runState,
  storableText,
  tablePatterns,
  timestamp,
} from './fields.ts';
import { backupCopy } from './copy.ts';
import { globalsContents } from './globals-contents.ts';
import { lostRows } from './lost-rows.ts';
import { progress } from './progress.ts';
import { proofs } from './recovery.ts';
import { backupReuse } from './reuse.ts';
import { storeName } from './store.ts';
import { tableChoice } from './table-choice.ts';
import { backupType, passwords, passwordsChoice } from './backup-type.ts';

/** `POST /backup` */
export const backupBody = z
  .strictObject({
    type: backupType.default('full').meta({
      description: '`globals`: the roles and tablespaces of the server, which belong to no database',
    }),
    tables: tablePatterns.default([]),
    description: storableText(1_000).nullable().default(null),
    store: storeName.optional().meta({
      description: 'Where it is written: a configured store; default: the one that is configured for backups',
    }),
    full: z.boolean().default(false).meta({
      description: 'Reads everything, also what has not changed since an earlier backup',
    }),
    maxWorkers: maxWorkers.optional(),
    passwords: passwords.default('none'),
    copyTo: z.array(storeName).max(20).optional().meta({
      description: 'Stores that it is copied to; default: those that are configured for copies',
    }),
  })
  .superRefine(tableChoice('backup', 'type'))
  .superRefine(passwordsChoice)
  .register(schemaNames, { id: 'BackupBody' });
export type BackupBody = z.input<typeof backupBody>;

export const backupDamage = z
  .object({
    code: z.enum(Object.keys(errorCatalogue) as [ErrorCode, ...ErrorCode[]]),
    message: z.string(),
    tables: z.array(z.string()).meta({ description: 'Tables that cannot be restored, the first hundred' }),
    lost: z.array(lostRows).meta({ description: 'Which rows of them, at most, as far as it is known' }),
    chunks: z.number().meta({
      description: 'How many are missing or damaged; a later backup that stores them again repairs this one',
    }),
  })
  .register(schemaNames, { id: 'BackupDamage' });

/** A backup as in lists. Figures are null until they are known. */
export const backupSummary = z
  .object({
    id,
    uuid: z.string().meta({ description: 'Its name in the store' }),
    type: backupType,
    passwords,
    status: runState,
    trigger: z.enum(backupTriggers),
    description: z.string().nullable(),
    tables: z.array(z.string()).meta({ description: 'As requested; empty for everything' }),
    store: z.string().meta({ description: 'Where it is at home, by name' }),
    copies: z
      .array(backupCopy)
      .meta({ description: 'Where else it is, or is to be. Empty until it has completed' }),
    scheduleName: z.string().nullable().meta({ description: 'The schedule that ordered it' }),
    dueAt: timestamp.nullable().meta({ description: 'When that schedule was due' }),
    pinned: z.boolean().meta({ description: 'The retention policy never deletes it' }),
    verifiedAt: timestamp.nullable().meta({ description: 'When all of it was last read and found complete' }),
    proved: z
      .object({ how: z.enum(proofs), at: timestamp })
      .nullable()
      .meta({
        description:
          'How it was last proved, in whichever store: by a drill or all of its content, or, where neither was, by its stored bytes',
      }),
    damaged: z.boolean().meta({
      description: 'A later read found data missing or altered; this backup no longer counts as good',
    }),
    damage: backupDamage.nullable().meta({ description: 'What is damaged, where that is known' }),
    attempt: z.number().meta({ description: 'More than 1 if it was started again in another process' }),
    createdAt: timestamp,
    startedAt: timestamp.nullable(),
    finishedAt: timestamp.nullable(),
    heartbeatAt: timestamp.nullable().meta({ description: 'The last sign of life of a running backup' }),
    progress: progress.nullable(),
    error: errorAnswer.nullable().meta({ description: 'Why it did not complete' }),
    tableCount: z.number().nullable().meta({
      description: 'Tables that hold rows: each partition counts, the partitioned table above them does not',
    }),
    rowCount: z.number().nullable(),
    rawBytes: z.number().nullable().meta({ description: 'Size as COPY text' }),
    storedBytes: z.number().nullable().meta({
      description: 'Compressed size of every chunk it refers to, shared ones included',
    }),
    newBytes: z.number().nullable().meta({
      description: 'How much of that was new in the store; earlier backups had stored the rest',
    }),
    full: z.boolean().meta({ description: 'It was to read everything, also what had not changed' }),
    maxWorkers: z.number().nullable().meta({
      description:
        'How many machines may work on it at once; null for the setting of the one that performs it',
    }),
    reuse: backupReuse.nullable().meta({
      description: 'How much of it was read; null while unknown, and for one of an earlier version',
    }),
    chunkCount: z.number().nullable(),
    warningCount: z.number().nullable().meta({
      description:
        'Of `contents.warnings`; null while it is not completed, and for one of an earlier version',
    }),
    serverVersion: z.string().nullable(),
  })
  .register(schemaNames, { id: 'BackupSummary' });
export type BackupSummary = z.infer<typeof backupSummary>;

/** What is in a completed backup, out of its manifest. */
export const backupContents = z
  .object({
    database: z.string(),
    snapshotAt: timestamp,
    lsn: z.string(),
    tables: z.array(
      z.object({
        table: z.string().meta({ description: '`schema.name`' }),
        rows: z.number(),
        rawBytes: z.number(),
        storedBytes: z.number(),
        chunks: z.number(),
        reuse: z
          .object({
            reason: z
              .string()
              .meta({ description: '`unchanged`, `312 rows changed`, `read: its columns changed`' }),
            rangesUnchanged: z
              .number()
              .meta({ description: 'Not read, because nothing in them has changed' }),
            rangesChanged: z.number(),
            rangesRead: z.number().meta({ description: 'Read without a comparison with an earlier backup' }),
            rowsChanged: z.number().nullable().meta({ description: 'Null where that is not known' }),
            readBytes: z.number().meta({ description: 'What was read for this backup, as COPY text' }),
          })
          .nullable()
          .meta({ description: 'What of it was there from earlier backups, and what was read' }),
      }),
    ),
    partitions: z.number().meta({ description: 'How many of the tables are partitions' }),
    sequences: z.number(),
    largeObjects: z.number(),
    extensions: z.array(z.string()),
    roles: z
      .array(z.string())
      .meta({ description: 'Roles named in the schema; they must exist in the target' }),
    globals: globalsContents.nullable().meta({ description: 'Of a backup of globals: what is in it' }),
    encoding: z.string(),
    collation: z.string(),
    format: z.string().meta({ description: 'Of the manifest' }),
    dumper: z.string().meta({ description: 'The program that read the schema' }),
    settings: z.record(z.string(), z.string()).meta({
      description: 'Settings of every connection that read data',
    }),
    warnings: z
      .array(z.object({ code: z.string(), object: z.string().nullable(), message: z.string() }))
      .meta({
        description:
          'What it could not read apart from rows, or what a restore does not bring back automatically; the rows are complete',
      }),
  })
  .register(schemaNames, { id: 'BackupContents' });
export type BackupContents = z.infer<typeof backupContents>;

export const backupDetail = backupSummary
  .extend({
    contents: backupContents
      .nullable()
      .meta({ description: 'Null unless completed, and where it cannot be read' }),
    contentsError: errorAnswer.nullable().meta({
      description:
        'Why the contents of a completed backup cannot be read: what is damaged, or which key is needed',
    }),
  })
  .register(schemaNames, { id: 'BackupDetail' });
export type BackupDetail = z.infer<typeof backupDetail>;

/** 202, or 201 after waiting. */
export const backupAnswer = z.object({ success: z.literal(true), backup: backupSummary });

/** `GET /backup`, newest first. */
export const backupPage = z
  .object({
    backups: z.array(backupSummary),
    total: z.number().meta({ description: 'Of all pages, under the same filters' }),
    nextCursor: z.string().optional(),
  })
  .register(schemaNames, { id: 'BackupPage' });
export type BackupPage = z.infer<typeof backupPage>;

export const listQuery = pageQuery;
export type ListQuery = z.input<typeof listQuery>;

const filters = {
  trigger: z.enum(backupTriggers).optional(),
  type: backupType.optional(),
  q: storableText(200).optional().meta({
    description:
      'Only those with this in their description or in a table they were asked for, or with this id',
  }),
};
/** `GET /backup` */
export const backupListQuery = pageQuery.extend({ ...filters, pinned: z.boolean().optional() });
export type BackupListQuery = z.input<typeof backupListQuery>;
/** The same in a query string. */
export const backupListQueryText = { ...pageQueryText, ...filters, pinned: flagText.optional() };

/** `POST /backup/{id}/pin` */
export const pinBody = z.strictObject({ pinned: z.boolean().default(true) });

/** The formats of a download that are plain SQL, which `psql` alone restores. */
export const sqlFormats = ['sql.zst', 'sql.gz', 'sql'] as const;
export type SqlFormat = (typeof sqlFormats)[number];
/** Those of SQL, and a bundle: all that a store has of one backup, sealed as it is there, which Holdfast and `tar` read. */
export const downloadFormats = [...sqlFormats, 'holdfast'] as const;
export const downloadFormat = z.enum(downloadFormats).meta({
  description:
    'holdfast: a bundle, which `holdfast import` or `tar` reads; it needs no key. The others: SQL for psql',
});
export type DownloadFormat = z.infer<typeof downloadFormat>;

/** `DELETE /backup?id=` */
export const deleteAnswer = z
  .object({
    success: z.literal(true),
    id,
    message: z.string(),
    chunksDeleted: z.number(),
    bytesFreed: z.number(),
    cleanupPending: z.boolean().meta({
      description:
        'A later cleanup frees more of its space: an active run, or the next run after a failed one, may still need it',
    }),
  })
  .register(schemaNames, { id: 'DeleteAnswer' });
export type DeleteAnswer = z.infer<typeof deleteAnswer>;
