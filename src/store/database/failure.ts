import { HoldfastError } from '../../base/errors.ts';

/**
 * Does the work. An error that the catalogue knows stays as it is; every other one becomes the store's failure.
 * @throws STORE_FAILED
 */
export async function guard<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof HoldfastError && error.code !== 'INTERNAL') throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new HoldfastError('STORE_FAILED', `The backup store in the database failed: ${message}`, {
      cause: error,
      ...(error instanceof HoldfastError && error.details ? { details: error.details } : {}),
    });
  }
}
