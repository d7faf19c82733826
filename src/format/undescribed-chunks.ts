import { HoldfastError } from '../base/errors.ts';

/** Chunks whose hashes are right, and that hold other rows than the manifest says. */
export function undescribedChunks(message: string, details?: Record<string, unknown>): HoldfastError {
  return new HoldfastError('CHUNK_CORRUPT', message, {
    hint: 'The chunks are what was written, and the manifest does not describe them. Restore from another backup, and take a new one.',
    ...(details ? { details } : {}),
  });
}
