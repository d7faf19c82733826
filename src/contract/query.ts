import { z } from 'zod';
import { id, storableText } from './fields.ts';
import { identity } from './identity.ts';
import { schemaNames } from './names.ts';

/** `POST /backup/{id}/query` */
export const queryBody = z
  .strictObject({
    sql: storableText(100_000)
      .min(1)
      .meta({
        description: 'One statement that only reads: SELECT, VALUES, TABLE or WITH',
        examples: ['select status, count(*) from orders group by status'],
      }),
    limit: z.number().int().min(1).max(10_000).default(1_000).meta({
      description: 'Rows of the answer; `more` says whether there were others',
    }),
    timeoutSeconds: z.number().int().min(1).max(600).default(30).meta({
      description:
        'How long the statement may run. With making the scratch database and fetching rows it may take 15 minutes',
    }),
    identity,
  })
  .register(schemaNames, { id: 'QueryBody' });
export type QueryBody = z.input<typeof queryBody>;

/** The answer of a statement from a backup. */
export const queryAnswer = z
  .object({
    backupId: id,
    columns: z.array(z.object({ name: z.string(), type: z.string() })),
    rows: z.array(z.array(z.string().nullable())).meta({
      description: 'Values as PostgreSQL writes them as text; null for NULL',
    }),
    more: z.boolean().meta({ description: 'Whether there were more rows than `limit`' }),
    notes: z.array(z.string()).meta({
      description: 'How the answer may differ from what the database would have said',
    }),
    read: z
      .object({
        tables: z.number().meta({ description: 'Tables of which rows were read' }),
        chunks: z.number().meta({ description: 'Chunks of these tables that were read' }),
        ofChunks: z.number().meta({ description: 'Chunks that these tables have' }),
        storedBytes: z.number().meta({ description: 'Of the chunks that were read, as they are stored' }),
      })
      .meta({
        description:
          'What was read of the store for this answer; what earlier questions had fetched is not read again',
      }),
  })
  .register(schemaNames, { id: 'QueryAnswer' });
export type QueryAnswer = z.output<typeof queryAnswer>;
