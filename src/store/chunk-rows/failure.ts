import { HoldfastError } from '../../base/errors.ts';

/** Does work in the database; what goes wrong there is told as of what is named. */
export type Guard = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * An error that the catalogue knows stays as it is; every other one becomes the failure of `what`, STORE_FAILED.
 * @param what begins the message: `The backup store in the database`
 */
export function guardOf(what: string): Guard {
  return async (work) => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof HoldfastError && error.code !== 'INTERNAL') throw error;
      const message = error instanceof Error ? error.message : String(error);
      throw new HoldfastError('STORE_FAILED', `${what} failed: ${message}`, {
        cause: error,
        ...(error instanceof HoldfastError && error.details ? { details: error.details } : {}),
      });
    }
  };
}
