import { randomBytes, randomUUID } from 'node:crypto';
import { HoldfastError } from '../../base/errors.ts';
import type { ObjectsCredentials } from '../../store/objects/credentials.ts';
import type { Objects } from '../../store/objects/objects.ts';
import { withStoreAt } from './store-at.ts';

/** Nothing of a store is below it. */
const folder = 'selftest/';

export type TestedAction = 'write' | 'read' | 'list' | 'overwrite' | 'delete';

export interface TestedStep {
  action: TestedAction;
  /** Null where it could not be tried: there was no object to try it with. */
  allowed: boolean | null;
  tookMs: number | null;
  /** Why it is not allowed, as the place says. */
  refusal: string | null;
}

export interface StoreSelfTest {
  address: string;
  steps: TestedStep[];
  /** Whether of competing writes the place itself lets one win; null where nothing may be written. */
  conditionalPuts: boolean | null;
  /** The name of the object that was written and may not be deleted; null without one. */
  leftBehind: string | null;
}

/**
 * Tries what these credentials may do in a place, with an object of its own that it writes and deletes. Touches nothing else; a store
 * need not be there.
 * @throws STORE_UNREACHABLE, STORE_FAILED, STORE_FULL: then nothing is known of what is allowed
 */
export async function testStoreAt(address: string, credentials: ObjectsCredentials): Promise<StoreSelfTest> {
  return await withStoreAt(address, credentials, ({ objects }) => selfTest(objects));
}

/** As `testStoreAt`, of objects that are open. */
export async function selfTest(objects: Objects): Promise<StoreSelfTest> {
  const name = `${folder}${randomUUID()}`;
  const [first, second] = [randomBytes(1_024), randomBytes(1_024)];
  const steps: TestedStep[] = [];
  const attempt = async (
    action: TestedAction,
    possible: boolean,
    work: () => Promise<void>,
  ): Promise<boolean> => {
    const step: TestedStep = { action, allowed: null, tookMs: null, refusal: null };
    steps.push(step);
    if (!possible) return false;
    const started = performance.now();
    try {
      await work();
      step.allowed = true;
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.code !== 'STORE_DENIED') throw error;
      step.allowed = false;
      step.refusal = error.message;
    }
    step.tookMs = Math.round(performance.now() - started);
    return step.allowed;
  };
  let deleted = false;
  try {
    const written = await attempt('write', true, async () => {
      await objects.put(name, first, { expected: null });
    });
    await attempt('read', written, async () => {
      const found = await objects.get(name);
      if (!found || Buffer.compare(found.content, first) !== 0) throw otherContent(objects, name);
    });
    await attempt('list', true, async () => {
      const names: string[] = [];
      for await (const each of objects.list(folder)) names.push(each.name);
      if (written && !names.includes(name)) throw otherContent(objects, name);
    });
    await attempt('overwrite', written, async () => {
      await objects.put(name, second);
    });
    deleted = await attempt('delete', written, () => objects.delete(name));
    return {
      address: objects.address,
      steps,
      conditionalPuts: written ? objects.conditionalPuts : null,
      leftBehind: written && !deleted ? name : null,
    };
  } catch (error) {
    // The first failure is the one that counts.
    if (!deleted) await objects.delete(name).catch(() => {});
    throw error;
  }
}

function otherContent({ address }: Objects, name: string): HoldfastError {
  return new HoldfastError(
    'STORE_FAILED',
    `${address} does not show ${name} as it was written a moment ago: backups in it cannot be relied on.`,
    { details: { address, name } },
  );
}
