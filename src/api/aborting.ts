import { z } from 'zod';

/** What a method that only reads takes last: over HTTP the signal of the request, which is aborted when its caller is gone. */
export const abortOptions = z.strictObject({ signal: z.instanceof(AbortSignal).optional() });
