import { z } from 'zod';
import { timestamp } from './fields.ts';
import { healthStates } from './health.ts';
import { schemaNames } from './names.ts';
import { runningJob } from './system.ts';

/**
 * `ready`: its tables are there. `not-initialized`: they are not made yet. `unreachable`: its catalog does not answer. `gone`: it was
 * enrolled by a rule, and no rule names its server any more.
 */
export const databaseStates = ['ready', 'not-initialized', 'unreachable', 'gone'] as const;

/** One of the databases that this Holdfast protects. */
export const databaseSummary = z
  .object({
    name: z.string().meta({ description: 'What it is called here: the value of `?database=`' }),
    database: z.string().meta({ description: 'Its name on the server' }),
    server: z.string().meta({ description: '`host:port`, or the folder of a socket' }),
    enrolled: z.boolean().meta({ description: 'By a rule, not by name' }),
    state: z.enum(databaseStates),
    problem: z
      .string()
      .nullable()
      .meta({ description: 'Why it is not ready, or why the protected database does not answer' }),
    health: z
      .object({ state: z.enum(healthStates), message: z.string() })
      .nullable()
      .meta({ description: 'As in its status, without warnings; null where it is not ready' }),
    lastGoodAt: timestamp.nullable(),
    backups: z.object({ total: z.number(), completed: z.number(), damaged: z.number() }).nullable(),
    storedBytes: z.number().nullable(),
    running: runningJob.nullable(),
  })
  .register(schemaNames, { id: 'DatabaseSummary' });
export type DatabaseSummary = z.infer<typeof databaseSummary>;

export const unprotectedDatabase = z
  .object({ server: z.string(), database: z.string() })
  .register(schemaNames, { id: 'UnprotectedDatabase' });
export type UnprotectedDatabase = z.infer<typeof unprotectedDatabase>;

/** `GET /databases` */
export const databasesAnswer = z
  .object({
    databases: z
      .array(databaseSummary)
      .meta({ description: 'In the order of the configuration, then by name' }),
    unprotected: z.array(unprotectedDatabase).meta({
      description: 'Databases of the same servers that are neither named, nor enrolled, nor excluded',
    }),
    unseen: z
      .array(z.object({ server: z.string(), problem: z.string() }))
      .meta({ description: 'Servers whose databases could not be listed' }),
  })
  .register(schemaNames, { id: 'DatabasesAnswer' });
export type DatabasesAnswer = z.infer<typeof databasesAnswer>;
