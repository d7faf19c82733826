import type * as shapes from '../contract/shapes.ts';
import type { CallAddress } from './call.ts';
import type { CallOptions } from './transport.ts';

/** Several databases with one Holdfast: a part of `Client`. */
export interface DatabaseCalls {
  /** Every protected database with its health, and those of the same servers that nothing protects. */
  listDatabases(call?: CallOptions): Promise<shapes.DatabasesAnswer>;
}

export function databaseCalls(call: CallAddress): DatabaseCalls {
  return {
    listDatabases: (given) => call('GET /databases', {}, given),
  };
}
