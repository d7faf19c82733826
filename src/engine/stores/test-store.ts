import { HoldfastError } from '../../base/errors.ts';
import type { StoreSelfTest } from '../../contract/store-test.ts';
import { parseAddress, type ObjectsAddress, type StoreAddress } from '../../store/objects/address.ts';
import type { ObjectsCredentials } from '../../store/objects/credentials.ts';
import type { LockPolicy } from '../../store/store.ts';
import { openObjects } from '../../store/objects/open.ts';
import { failedTest, selfTest, type SelfTestOptions } from './self-test.ts';
import { requireOutside } from './store-at.ts';

/** One that takes longer says as little for a backup as one that fails. */
const testLimitMs = 60_000;

export interface PlaceToTest {
  address: StoreAddress;
  credentials: ObjectsCredentials;
  /** How the objects of the store are locked. */
  lock?: LockPolicy | undefined;
}

/**
 * A self-test of a place, whatever comes of it: what fails is in the answer, within about a minute.
 * @throws INVALID_REQUEST for one that is not outside the database; the reason of the signal
 */
export async function testPlace(
  { address: given, credentials, lock }: PlaceToTest,
  options: Omit<SelfTestOptions, 'lock'> = {},
  limitMs = testLimitMs,
): Promise<StoreSelfTest> {
  const address = requireOutside(given);
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(tooSlow(address, limitMs)), limitMs);
  const signal = options.signal ? AbortSignal.any([options.signal, limit.signal]) : limit.signal;
  try {
    return await testOpened({ address, credentials }, { ...options, lock, signal });
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof HoldfastError) return failedTest(address.address, error);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The same by an address.
 * @throws INVALID_CONFIGURATION for what is no address; what `testPlace` throws
 */
export async function testStoreAt(text: string, credentials: ObjectsCredentials): Promise<StoreSelfTest> {
  return await testPlace({ address: parseAddress(text), credentials });
}

async function testOpened(
  { address, credentials }: { address: ObjectsAddress; credentials: ObjectsCredentials },
  options: SelfTestOptions,
): Promise<StoreSelfTest> {
  // It is asked how the place is now: what has to be tried six times is not well.
  const objects = await openObjects(address, credentials, { retries: { attempts: 2 } });
  try {
    return await selfTest(objects, options);
  } finally {
    await objects.close();
  }
}

function tooSlow({ address }: ObjectsAddress, limitMs: number): HoldfastError {
  return new HoldfastError(
    'STORE_UNREACHABLE',
    `${address} has not let a self-test of a few small objects end within ${Math.round(limitMs / 1_000)} s.`,
    { details: { address } },
  );
}
