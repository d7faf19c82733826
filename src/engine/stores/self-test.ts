import { randomBytes, randomUUID } from 'node:crypto';
import { abortReason, HoldfastError } from '../../base/errors.ts';
import { redactedBody } from '../../base/redacted-body.ts';
import type { StoreSelfTest, TestedAction, TestedStep } from '../../contract/store-test.ts';
import type { KeptVersions, Objects } from '../../store/objects/objects.ts';
import { selfTestFolder as folder } from '../../store/object-store/names.ts';
import type { LockPolicy } from '../../store/store.ts';
import { testLock } from './lock-test.ts';
import { whatThievesCanDo, whatVersionsMean } from './thief.ts';

const smallBytes = 1_024;
const measuredBytes = 4 * 1024 * 1024;
/** A test that is older than this has ended, and what it has left may go. */
const leftOverAfterMs = 24 * 3_600_000;
/** How many leftovers of earlier tests one test deletes. */
const leftOverMax = 100;
const discardLimitMs = 10_000;

/** Without these no backup can be written there, or none be read back. */
const needed: readonly TestedAction[] = ['write', 'read', 'list', 'overwrite'];

export interface SelfTestOptions {
  /** Whether an object of some MiB is written and read, to see how fast that is. Default true. */
  measure?: boolean | undefined;
  /** How the objects of the store are locked. */
  lock?: LockPolicy | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Tries what the credentials may do in a place, with objects of its own that it writes and deletes. Touches nothing else; a store
 * need not be there.
 * @throws STORE_UNREACHABLE, STORE_FAILED, STORE_FULL: then nothing is known of what is allowed
 */
export async function selfTest(
  objects: Objects,
  { measure = true, lock, signal }: SelfTestOptions = {},
): Promise<StoreSelfTest> {
  const name = `${folder}${randomUUID()}`;
  const [first, second] = [randomBytes(smallBytes), randomBytes(smallBytes)];
  const steps: TestedStep[] = [];
  const refusals = new Map<TestedAction, HoldfastError>();
  const leftovers: string[] = [];
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
      refusals.set(action, error);
    }
    step.tookMs = Math.round(performance.now() - started);
    return step.allowed;
  };
  let deleted = false;
  try {
    const written = await attempt('write', true, async () => {
      await objects.put(name, first, { expected: null, signal });
    });
    await attempt('read', written, async () => {
      await requireContent(objects, name, first, signal);
    });
    await attempt('list', true, async () => {
      let [isListed, namesSeen] = [false, 0];
      const old = Date.now() - leftOverAfterMs;
      for await (const each of objects.list(folder, { signal })) {
        if (each.name === name) isListed = true;
        else if (each.modifiedAt.getTime() < old && leftovers.length < leftOverMax) leftovers.push(each.name);
        if (++namesSeen % 1_000 === 0 && signal?.aborted) throw abortReason(signal);
      }
      if (written && !isListed) throw otherContent(objects, name);
    });
    await attempt('overwrite', written, async () => {
      await objects.put(name, second, { signal });
      await requireContent(objects, name, second, signal).catch((error: unknown) => {
        // Whether it may be read was another question.
        if (!(error instanceof HoldfastError) || error.code !== 'STORE_DENIED') throw error;
      });
    });
    deleted = await attempt('delete', written, () => objects.delete(name, { signal }));
    const { versions, retention } = (await objects.keeping?.look({ signal })) ?? unknownKeeping;
    const writable = written && !refusals.has('overwrite');
    const purging =
      versions === 'kept' && (await attempt('deleteVersion', writable, () => purge(objects, signal)));
    const locked =
      lock && writable ? await testLock(objects, `${folder}${randomUUID()}`, lock, signal) : null;
    if (deleted) await discardAll(objects, leftovers, { forGood: purging, signal });
    const readable = written && !refusals.has('read');
    const speed = measure && deleted && readable ? await measured(objects, purging, signal) : null;
    const problem =
      needed.map((action) => refusals.get(action)).find((error) => error !== undefined) ??
      (locked && !locked.holds ? notLocked(objects) : undefined);
    const found = { steps, versions, lock: locked, retention };
    return {
      ...found,
      address: objects.address,
      works: problem === undefined,
      error: problem ? redactedBody(problem) : null,
      conditionalPuts: written ? objects.conditionalPuts : null,
      speed,
      leftBehind: written && !deleted ? name : null,
      notes: whatVersionsMean(found),
      thief: whatThievesCanDo(found),
    };
  } catch (error) {
    // The first failure is the one that counts.
    if (!deleted) await discard(objects, name);
    throw error;
  }
}

const unknownKeeping: KeptVersions = { versions: 'unknown', retention: null };

/** What it says of a place that could not be tried. */
export function failedTest(address: string, error: HoldfastError): StoreSelfTest {
  return {
    address,
    works: false,
    error: redactedBody(error),
    steps: [],
    conditionalPuts: null,
    speed: null,
    leftBehind: null,
    versions: 'unknown',
    lock: null,
    retention: null,
    notes: [],
    thief: [],
  };
}

/** Of one object, as large as many that a backup writes. */
async function measured(
  objects: Objects,
  forGood: boolean,
  signal: AbortSignal | undefined,
): Promise<NonNullable<StoreSelfTest['speed']>> {
  const name = `${folder}${randomUUID()}`;
  const content = randomBytes(measuredBytes);
  try {
    const begun = performance.now();
    await objects.put(name, content, { signal });
    const written = performance.now();
    await requireContent(objects, name, content, signal);
    const getMs = Math.round(performance.now() - written);
    await discardAll(objects, [name], { forGood, signal });
    return { objectBytes: measuredBytes, putMs: Math.round(written - begun), getMs };
  } catch (error) {
    await discard(objects, name);
    throw error;
  }
}

/** Writes an object, and deletes what it holds without leaving an old version. */
async function purge(objects: Objects, signal: AbortSignal | undefined): Promise<void> {
  const name = `${folder}${randomUUID()}`;
  await objects.put(name, randomBytes(smallBytes), { signal });
  try {
    await objects.keeping!.deleteForGood(name, { signal });
  } catch (error) {
    await discard(objects, name);
    throw error;
  }
}

/** @param how.forGood where old versions are kept and may be deleted; what is locked still then is hidden, as any delete does it */
async function discardAll(
  objects: Objects,
  names: readonly string[],
  { forGood, signal }: { forGood: boolean; signal: AbortSignal | undefined },
): Promise<void> {
  for (const name of names) {
    try {
      if (forGood) await objects.keeping!.deleteForGood(name, { signal });
      else await objects.delete(name, { signal });
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.code !== 'STORE_DENIED') throw error;
    }
  }
}

/** After a failure, also one of the signal; what stays nevertheless, a later test deletes. */
async function discard(objects: Objects, name: string): Promise<void> {
  await objects.delete(name, { signal: AbortSignal.timeout(discardLimitMs) }).catch(() => {});
}

async function requireContent(
  objects: Objects,
  name: string,
  expected: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  const found = await objects.get(name, { signal });
  if (!found || Buffer.compare(found.content, expected) !== 0) throw otherContent(objects, name);
}

function notLocked({ address }: Objects): HoldfastError {
  return new HoldfastError(
    'STORE_FAILED',
    `${address} has deleted an object that was locked a moment ago: objectLock protects nothing there.`,
    {
      details: { address },
      hint: 'Leave objectLock out, or use a bucket whose locks hold. Ask the maker of the server why it takes locks that it does not keep.',
    },
  );
}

function otherContent({ address }: Objects, name: string): HoldfastError {
  return new HoldfastError(
    'STORE_FAILED',
    `${address} does not show ${name} as it was written a moment ago: backups in it cannot be relied on.`,
    { details: { address, name } },
  );
}
