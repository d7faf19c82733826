import { HoldfastError } from '../base/errors.ts';
import { redact } from '../base/redaction.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { TestedStore } from '../catalog/store-tests.ts';
import type { LastStoreTest, StoreSelfTest } from '../contract/store-test.ts';
import { databaseStoreName } from '../engine/stores/configured-stores.ts';
import type { SelfTestOptions } from '../engine/stores/self-test.ts';
import { testPlace } from '../engine/stores/test-store.ts';
import { databaseFailure } from '../postgres/failure.ts';
import type { RunContext } from './context.ts';
import type { Stores } from './stores.ts';

/** After the claim or the noting of a test failed: a standby, say, lets nothing be written. */
const againAfterMs = 3_600_000;

/** Tests the place of a store and keeps the answer, where our tables are there to keep it. */
export async function testStore(
  context: RunContext,
  name: string,
  options: SelfTestOptions = {},
): Promise<StoreSelfTest> {
  const { catalog, stores, logger, stopping } = context;
  const place = stores.placeOf(name);
  const result = await testPlace(place, { ...options, signal: stopping });
  try {
    if (await catalog.isInitialized()) {
      await catalog.storeTests.record({ name, address: place.address.address }, result);
    }
  } catch (error) {
    // The answer is there all the same.
    const failure = databaseFailure(error);
    logger.log('warn', `the self-test of the store ${name} could not be kept: ${redact(failure.message)}`);
  }
  return result;
}

/** The last self-tests of the stores that backups are written or copied to, outside the database. */
export async function lastTestsInUse(catalog: Catalog, stores: Stores): Promise<Map<string, LastStoreTest>> {
  return catalog.storeTests.last(inUse(stores));
}

function inUse(stores: Stores): TestedStore[] {
  const names = new Set([stores.written, ...stores.copiedTo]);
  names.delete(databaseStoreName);
  return [...names].map((name) => ({ name, address: stores.addressOf(name).address }));
}

/** Tests the stores in use when that is due, beside everything else. */
export interface DueStoreTests {
  /** Begins those that are due, unless such tests are under way. Never fails. */
  begin(): void;
  /** Resolves when none is under way. */
  ended(): Promise<void>;
}

export function dueStoreTests(context: RunContext): DueStoreTests {
  const { catalog, logger, settings, stopping } = context;
  const stores = inUse(context.stores);
  let testing: Promise<void> | undefined;
  let notBefore = -Infinity;

  async function testDue(): Promise<void> {
    for (const name of await catalog.storeTests.claimDue(stores, settings.storeTestHours)) {
      stopping.throwIfAborted();
      // Each object of a test costs something where versions are kept: how fast it is need not be known each night.
      const { error } = await testStore(context, name, { measure: false });
      if (error)
        logger.log('error', `self-test of the store ${name}: ${error.message}`, { code: error.code });
    }
  }

  return {
    begin() {
      if (settings.storeTestHours === 0 || stores.length === 0) return;
      if (testing || performance.now() < notBefore) return;
      testing = testDue()
        .catch((error: unknown) => {
          if (stopping.aborted) return;
          notBefore = performance.now() + againAfterMs;
          const failure = error instanceof HoldfastError ? error : databaseFailure(error);
          logger.log('warn', `stores could not be tested: ${redact(failure.message)}`, {
            code: failure.code,
          });
        })
        .finally(() => (testing = undefined));
    },
    async ended() {
      await testing;
    },
  };
}
