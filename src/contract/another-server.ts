import { z } from 'zod';
import { storableText } from './fields.ts';

/** Of a restore onto another server. No address is longer. */
export const targetUrl = storableText(2_000)
  .min(1)
  .optional()
  .meta({
    description:
      'Another server: `postgres://user:password@host:5432/name`. A database of that name is made there; one that is there and empty is replaced. The address stays in the memory of this process until the run has ended, and is never stored or logged, so only the process that is asked performs the run',
    examples: ['postgres://admin:secret@db2.example.org:5432/shop'],
  });

/** What a restore may have left on another server, of which only it knew the address. */
export const leftBehind = z
  .object({
    server: z.string().meta({ description: '`host:port`' }),
    database: z.string().meta({ description: 'Its unfinished name: nothing in it is whole' }),
  })
  .nullable()
  .default(null)
  .meta({
    description:
      'After a restore onto another server that did not complete: an unfinished database that may still be there. The next restore onto that server drops it; null once that is known',
  });
