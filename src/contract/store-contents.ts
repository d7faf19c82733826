import { z } from 'zod';
import { errorAnswer, id, runState } from './fields.ts';
import { runFields } from './run-fields.ts';
import { schemaNames } from './names.ts';

const noted = z
  .object({
    count: z.number(),
    names: z.array(z.string()).meta({ description: 'Of objects, the first hundred' }),
  })
  .register(schemaNames, { id: 'NotedObjects' });

const refused = z
  .array(z.object({ uuid: z.string(), error: errorAnswer }))
  .meta({ description: 'Manifests that cannot be trusted or read, with the reason' });

/** What a check of a store found. */
export const storeCheck = z
  .object({
    index: z
      .object({
        objects: z.number(),
        bytes: z.number(),
        manifests: z.number(),
        added: noted.meta({ description: 'Were in the store and not in the index' }),
        missing: noted.meta({ description: 'Were in the index and are not in the store' }),
        damaged: noted.meta({ description: 'Have another length than they had when they were written' }),
        superfluous: noted.meta({
          description: 'Hold nothing that is not elsewhere too; a cleanup deletes them',
        }),
        foreign: noted.meta({ description: 'Are none of ours, and are left alone' }),
      })
      .nullable()
      .meta({ description: 'What the index of the store did not know; null for a store without one' }),
    backups: z.number().meta({ description: 'Completed backups whose manifests are in the store' }),
    missing: z
      .array(z.string())
      .meta({ description: 'Uuids of completed backups whose manifests are not there' }),
    foreign: z.array(z.string()).meta({ description: 'Uuids of manifests that this catalog does not know' }),
    unfinished: z.array(z.string()).meta({ description: 'Uuids of manifests of runs that did not complete' }),
    refused,
    rolledBack: errorAnswer.nullable().meta({
      description:
        'BACKUP_ROLLED_BACK when the newest backup that must be in the store is not there as it was written; null else. Nothing is written to such a store or deleted in it until it is taken (`POST /stores/{name}/take`)',
    }),
    damaged: z.array(id).meta({ description: 'Backups, of all stores, that are known to be damaged' }),
  })
  .register(schemaNames, { id: 'StoreCheck' });
export type StoreCheck = z.infer<typeof storeCheck>;

/** What was taken into the catalog. */
export const storeImport = z
  .object({
    imported: z
      .array(id)
      .meta({ description: 'Backups that the catalog has now and had not before, the oldest first' }),
    known: z.number().meta({ description: 'How many backups of the store it knew' }),
    copies: z
      .array(id)
      .meta({ description: 'Of those, backups that it did not know to be in this store too' }),
    refused,
  })
  .register(schemaNames, { id: 'StoreImport' });
export type StoreImport = z.infer<typeof storeImport>;

const ofStore = { id, store: z.string(), status: runState };

/** One time a store was compared with what this installation believes of it. */
export const check = z
  .object({
    ...ofStore,
    ...runFields,
    report: storeCheck.nullable().meta({ description: 'What was found; null unless completed' }),
    error: errorAnswer.nullable(),
  })
  .register(schemaNames, { id: 'Check' });
export type Check = z.infer<typeof check>;

/** One time the backups of a store were taken into the catalog. */
export const imported = z
  .object({
    ...ofStore,
    ...runFields,
    report: storeImport.nullable().meta({ description: 'What the catalog knows now; null unless completed' }),
    error: errorAnswer.nullable(),
  })
  .register(schemaNames, { id: 'Import' });
export type Import = z.infer<typeof imported>;

/** `POST /stores/{name}/check`: 202, or 201 after waiting. */
export const checkAnswer = z.object({ success: z.literal(true), check });
/** `POST /stores/{name}/import`: 202, or 201 after waiting. */
export const importAnswer = z.object({ success: z.literal(true), import: imported });

const restOfPage = { total: z.number(), nextCursor: z.string().optional() };

/** `GET /check`, newest first. */
export const checkPage = z
  .object({ checks: z.array(check), ...restOfPage })
  .register(schemaNames, { id: 'CheckPage' });
export type CheckPage = z.infer<typeof checkPage>;

/** `GET /import`, newest first. */
export const importPage = z
  .object({ imports: z.array(imported), ...restOfPage })
  .register(schemaNames, { id: 'ImportPage' });
export type ImportPage = z.infer<typeof importPage>;
