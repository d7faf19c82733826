import { z } from 'zod';
import { schemaNames } from './names.ts';
import { errorCatalogue, type ErrorCode } from '../base/errors.ts';
import { runStates } from './states.ts';

/** The id of a backup or restore: a positive integer that a JavaScript number holds exactly. */
export const id = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

/** The same in a query string or a path, where everything is text. */
export const idText = z
  .string()
  .regex(/^[1-9][0-9]{0,15}$/, 'must be a positive integer')
  .transform(Number)
  .pipe(id);

/** `true` or `false` in a query string. */
export const flagText = z.enum(['true', 'false']).transform((value) => value === 'true');

/**
 * Text that PostgreSQL can hold: no NUL, and no half of a surrogate pair, which a JSON column refuses.
 */
export function storableText(maximum: number) {
  return z
    .string()
    .max(maximum)
    .refine((text) => !text.includes('\0'), 'must not contain NUL')
    .refine((text) => text.isWellFormed(), 'must be well-formed Unicode');
}

/** `table` (schema public), `schema.table` or `schema.*`; a part that needs it may be in double quotes. */
export const tablePatterns = z
  .array(storableText(300).min(1))
  .max(10_000)
  .meta({
    description: '`table` (schema public), `schema.table` or `schema.*`',
    examples: [['public.orders']],
  });

/** ISO 8601 in UTC. */
export const timestamp = z.string().meta({ format: 'date-time' });

export const runState = z.enum(runStates).register(schemaNames, { id: 'RunState' });

/** What every error but NOT_INITIALIZED looks like. */
export const errorAnswer = z
  .object({
    error: z.string().meta({ description: 'A short title' }),
    code: z.enum(Object.keys(errorCatalogue) as [ErrorCode, ...ErrorCode[]]),
    message: z.string(),
    hint: z.string().optional(),
    details: z.record(z.string(), z.unknown()).optional(),
  })
  .register(schemaNames, { id: 'Error' });

const limit = z.number().int().min(1).max(200);
const restOfPage = {
  cursor: z.string().max(200).optional().meta({ description: '`nextCursor` of the page before' }),
  status: runState.optional(),
};
export const pageQuery = z.strictObject({ limit: limit.default(50), ...restOfPage });

/** The same in a query string. */
export const pageQueryText = {
  limit: z
    .string()
    .regex(/^[0-9]{1,3}$/, 'must be a number from 1 to 200')
    .transform(Number)
    .pipe(limit)
    .optional()
    .meta({ description: '1 to 200, default 50' }),
  ...restOfPage,
};

/**
 * How long a call waits for the run it starts. `true`: until the run has ended. A number: at most that many seconds.
 * A run that fails in this time is answered as its error, with the row in `details`.
 */
export const wait = z.union([z.boolean(), z.number().min(0).max(86_400)]);

/** The same in a query string. */
export const waitText = z
  .string()
  .regex(/^(true|false|[0-9]{1,5})$/, 'must be true, false or a number of seconds')
  .transform((text) => (text === 'true' ? true : text === 'false' ? false : Number(text)))
  .meta({
    description: '`true`: answer when the run has ended. A number: after that many seconds at the latest.',
  });

/** Of a run that several machines can work on. */
export const maxWorkers = z.number().int().min(1).max(64).meta({
  description:
    'How many machines may work on it at once: the one that performs it, and workers that join it; default: the setting `maxWorkers`',
});
