import { guardOf } from '../chunk-rows/failure.ts';

/** @throws STORE_FAILED, see guardOf */
export const guard = guardOf('The backup store in the database');
