import { z } from 'zod';
import { errorAnswer, id, runState, storableText, tablePatterns, timestamp } from './fields.ts';
import { schemaNames } from './names.ts';

/** `POST /point` */
export const pointBody = z
  .strictObject({
    tables: tablePatterns.default([]),
    description: storableText(1_000).nullable().default(null),
  })
  .register(schemaNames, { id: 'PointBody' });
export type PointBody = z.input<typeof pointBody>;

/** A backup as a point to go back to: as much of it as one needs to know who may take points and nothing else. */
export const point = z
  .object({
    id: id.meta({ description: 'Of the backup' }),
    uuid: z.string(),
    status: runState,
    createdAt: timestamp,
    finishedAt: timestamp.nullable(),
    error: errorAnswer.omit({ details: true }).nullable(),
  })
  .register(schemaNames, { id: 'Point' });
export type Point = z.infer<typeof point>;

/** 202, or 201 after waiting. */
export const pointAnswer = z.object({ success: z.literal(true), point });
