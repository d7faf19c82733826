import { z } from 'zod';
import { errorAnswer, id, runState, timestamp } from './fields.ts';
import { schemaNames } from './names.ts';
import { runFields } from './run-fields.ts';
import { copyTriggers } from './states.ts';
import { storeName } from './store.ts';

export const copyStates = ['due', 'copying', 'copied', 'failed', 'damaged'] as const;

/** Where a backup is, or is to be, besides the store that it was written to. */
export const backupCopy = z
  .object({
    store: z.string(),
    state: z.enum(copyStates).meta({
      description:
        'copied: the store has confirmed every byte. due: it is to be made. failed: the last try failed, and it is tried again. damaged: something of it is missing or altered there',
    }),
    provedAt: timestamp
      .nullable()
      .meta({ description: 'When the store had confirmed all of it, or it was read again' }),
    copyId: id.nullable().meta({ description: 'The last run that made or repaired it' }),
    error: errorAnswer.nullable().meta({ description: 'Why it is not there, or is damaged' }),
  })
  .register(schemaNames, { id: 'BackupCopy' });
export type BackupCopy = z.infer<typeof backupCopy>;

/** One run that copied a backup. */
export const copy = z
  .object({
    id,
    backupId: id,
    backupUuid: z.string(),
    store: z.string().meta({ description: 'Where it is copied to' }),
    trigger: z.enum(copyTriggers).meta({
      description:
        'manual: it was asked for. schedule: it was due. repair: something was damaged there, and another copy was whole',
    }),
    status: runState,
    attempt: z.number().meta({ description: 'More than 1 if it was begun again' }),
    ...runFields,
    report: z
      .object({
        from: z.string().meta({ description: 'The store that it was copied from' }),
        newBytes: z.number().meta({ description: 'What that store lacked' }),
        asStored: z.boolean().meta({ description: 'Whether the chunks are the same, byte for byte' }),
        wasThere: z.boolean().meta({ description: 'Whether the store had all of it already' }),
      })
      .nullable()
      .meta({ description: 'Null unless completed' }),
    error: errorAnswer.nullable(),
  })
  .register(schemaNames, { id: 'Copy' });
export type Copy = z.infer<typeof copy>;

/** `POST /backup/{id}/copy` */
export const copyBody = z
  .strictObject({
    store: storeName.meta({
      description:
        'A configured store. The one that the backup is in already: what is damaged there is put right',
    }),
  })
  .register(schemaNames, { id: 'CopyBody' });
export type CopyBody = z.infer<typeof copyBody>;

/** 202, or 201 after waiting. */
export const copyAnswer = z.object({ success: z.literal(true), copy });

/** `GET /copy`, newest first. */
export const copyPage = z
  .object({ copies: z.array(copy), total: z.number(), nextCursor: z.string().optional() })
  .register(schemaNames, { id: 'CopyPage' });
export type CopyPage = z.infer<typeof copyPage>;
