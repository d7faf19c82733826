import { errorCatalogue } from '../../base/errors.ts';
import type { StoreSelfTest } from '../../api/contract.ts';
import { testStoreAt } from '../../engine/stores/test-store.ts';
import { describeStoreTest } from '../describe/store-test.ts';
import type { Answer, Invocation } from '../invocation.ts';
import { givenTo, withApi } from '../system.ts';

/**
 * Tries what credentials may do: those of a configured store, whose answer is kept, or those of the environment in the place of an
 * address, for which no database is needed.
 */
export async function testStore(invocation: Invocation, named: string): Promise<Answer> {
  const test = named.includes(':')
    ? await testStoreAt(named, (await givenTo(invocation)).storeCredentials ?? {})
    : (await withApi(invocation, (api) => api.testStore(named))).test;
  return { document: test, text: describeStoreTest(test), exitCode: exitCodeOf(test) };
}

function exitCodeOf({ error }: StoreSelfTest): number {
  return error ? errorCatalogue[error.code].exitCode : 0;
}
