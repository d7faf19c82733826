import { answeredWithin } from '../base/time-limit.ts';
import { HoldfastError } from '../base/errors.ts';
import { redactedBody } from '../base/redacted-body.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { StoreSummary, TakeStoreAnswer } from '../contract/store.ts';
import { databaseStoreName } from '../engine/stores/configured-stores.ts';
import { descriptionName } from '../engine/stores/open-store.ts';
import { readWriter, type Writer } from '../engine/stores/turn.ts';
import type { LockedRest, Store } from '../store/store.ts';
import type { Stores } from './stores.ts';

/** How long a store may take until it is listed as one that cannot be reached. */
export const answerLimitMs = 10_000;

const noRest: LockedRest = { objects: 0, bytes: 0, until: null };

type Found = Pick<
  StoreSummary,
  'state' | 'sealed' | 'id' | 'writer' | 'storedBytes' | 'locked' | 'readSince'
>;

/** Every configured store as it is now, in bounded time: one that fails is listed with its error. */
export async function listStores(
  { backups, stores: rows, storeTests }: Catalog,
  stores: Stores,
  limitMs = answerLimitMs,
): Promise<StoreSummary[]> {
  const statuses = [...(await backups.statuses()).values()];
  const known = await rows.list();
  const tests = await storeTests.last(
    stores.names.map((name) => ({ name, address: stores.addressOf(name).address })),
  );
  return await Promise.all(
    stores.names.map(async (name) => {
      const { scheme, address } = stores.addressOf(name);
      const record = known.find((each) => each.name === name);
      const facts = {
        name,
        kind: scheme,
        address,
        role: roleOf(stores, name),
        backups: statuses.filter(
          ({ status, store, copies }) => status === 'completed' && (store === name || copies.includes(name)),
        ).length,
        lastTest: tests.get(name) ?? null,
      };
      const asKnown: Omit<Found, 'state'> = {
        sealed: record?.sealed ?? null,
        id: record?.storeId ?? null,
        writer: null,
        storedBytes: null,
        readSince: null,
        locked: null,
      };
      try {
        return { ...facts, error: null, ...(await within(limitMs, address, look(stores, name))) };
      } catch (error) {
        if (!(error instanceof HoldfastError)) throw error;
        if (error.code === 'STORE_NOT_FOUND') {
          return { ...facts, ...asKnown, state: 'absent' as const, error: null };
        }
        return { ...facts, ...asKnown, state: 'error' as const, error: redactedBody(error) };
      }
    }),
  );
}

/** How long a store may take for the overview of all that is. */
const glanceLimitMs = 1_000;

/** Of the stores in use, since when every byte has been read or written; without those that are empty or do not answer soon. */
export async function readSince(stores: Stores): Promise<{ store: string; since: string }[]> {
  const oldest = async (name: string): Promise<Date | null> => (await stores.open(name)).checks.oldest();
  const found = await Promise.all(
    [...new Set([stores.written, ...stores.copiedTo])].map(async (name) => {
      try {
        const since = await within(glanceLimitMs, stores.addressOf(name).address, oldest(name));
        return since ? [{ store: name, since: since.toISOString() }] : [];
      } catch (error) {
        if (error instanceof HoldfastError) return [];
        throw error;
      }
    }),
  );
  return found.flat();
}

async function look(stores: Stores, name: string): Promise<Found> {
  const store = await stores.open(name);
  const outside = name !== databaseStoreName;
  // One that was opened before may be gone since.
  if (outside && !(await store.getDocument(descriptionName))) throw storeGone(store);
  const last = outside ? await readWriter(store) : undefined;
  return {
    state: 'ready',
    sealed: store.keys.sealed,
    id: store.keys.id ?? null,
    writer: saidOf(last),
    storedBytes: await store.storedBytes(),
    readSince: (await store.checks.oldest())?.toISOString() ?? null,
    locked: lockedIn(await store.lockedRest?.()),
  };
}

/**
 * Takes this catalog's turn in a store that another installation wrote to.
 * @throws STORE_NOT_FOUND when no such store is configured, or there is none; INVALID_REQUEST for the one in the database
 */
export async function takeStore(stores: Stores, name: string): Promise<TakeStoreAnswer> {
  if (name === databaseStoreName) {
    throw new HoldfastError(
      'INVALID_REQUEST',
      'The store in the database cannot be taken: nothing else writes to it.',
      { hint: 'Name a store outside the database.' },
    );
  }
  // To take it does not make one.
  const store = await stores.open(name);
  const previous = await readWriter(store).catch((error: unknown) => {
    if (error instanceof HoldfastError && error.code === 'STORE_TAKEN') return undefined;
    throw error;
  });
  await stores.openToWrite(name, { force: true });
  return { success: true, name, address: store.address, previous: saidOf(previous) };
}

function lockedIn({ objects, bytes, until }: LockedRest = noRest): StoreSummary['locked'] {
  return until && { objects, bytes, until: until.toISOString() };
}

function saidOf(last: Writer | undefined): { host: string; at: string } | null {
  return last ? { host: last.host, at: last.at } : null;
}

function roleOf({ written, copiedTo }: Stores, name: string): StoreSummary['role'] {
  if (name === written) return 'written';
  return copiedTo.includes(name) ? 'copy' : 'other';
}

function storeGone({ address }: Store): HoldfastError {
  return new HoldfastError(
    'STORE_NOT_FOUND',
    `The store at ${address} is gone: ${descriptionName} is not there.`,
  );
}

/** @throws STORE_UNREACHABLE when that takes longer than a person waits for an overview */
export function within<T>(limitMs: number, address: string, work: Promise<T>): Promise<T> {
  const late = (): HoldfastError => {
    const message = `${address} has not answered within ${limitMs / 1_000} s.`;
    return new HoldfastError('STORE_UNREACHABLE', message, { details: { address } });
  };
  return answeredWithin(limitMs, late, work);
}
