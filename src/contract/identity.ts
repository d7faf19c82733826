import { z } from 'zod';
import { downloadFormat } from './backup.ts';
import { storableText } from './fields.ts';

/** A key that opens an encrypted store, given with one call. No recovery key is longer, with all its comments. */
export const identity = storableText(20_000).min(1).optional().meta({
  description:
    'The content of the recovery key of an encrypted store (AGE-SECRET-KEY-1…), for this call alone. It stays in the memory of this process until what the call starts has ended, and is never stored or logged',
});

/** Of a call that reads what may be encrypted. */
export const openBody = z.strictObject({ identity });
export type OpenBody = z.input<typeof openBody>;

/** `POST /backup/{id}/download` */
export const downloadBody = z.strictObject({ identity, format: downloadFormat.optional() });
