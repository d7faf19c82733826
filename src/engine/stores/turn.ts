import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { z } from 'zod';
import { HoldfastError } from '../../base/errors.ts';
import type { Store } from '../../store/store.ts';

/*
 * A store outside the database has one writing catalog. A bucket cannot lock anything for longer than one write, so the
 * store says whose turn it is, and each writing run takes the next turn. A catalog that finds a turn which it has not taken
 * knows that another installation writes here: a clone of it, or the one that it is a clone of. What the index of this
 * catalog says of the store is not true then, and a cleanup that believed it would delete what the other one needs.
 */

const document = 'writer.json';

const writer = z.object({
  /** Of the catalog; a clone has the same. */
  catalog: z.string().max(100),
  /** Random, and new with each turn. */
  turn: z.string().max(100),
  host: z.string().max(300),
  at: z.iso.datetime(),
});
export type Writer = z.infer<typeof writer>;

/** What a catalog remembers of its turns in one store. */
export interface RememberedTurn {
  /** The one it took last; null before the first. */
  turn: string | null;
  /** The one it was about to take when its process ended, perhaps; it may have been written or not. */
  intended: string | null;
}

export interface TurnMemory {
  /** What names the catalog; asked only for a turn that is taken. */
  catalog(): Promise<string>;
  /** While no other process of the same catalog takes a turn in the same store. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  read(): Promise<RememberedTurn>;
  /** Before a turn is written to the store, so that a process that is killed after that is recognised. */
  intend(turn: string): Promise<void>;
  taken(turn: string): Promise<void>;
}

/**
 * Takes the next turn in a store, before anything is written to it or deleted.
 * @param options.force also when another installation had the last turn, as `holdfast store take` asks for
 * @throws STORE_TAKEN when another installation has written since; nothing is changed then
 */
export function takeTurn(store: Store, memory: TurnMemory, options: { force?: boolean } = {}): Promise<void> {
  return memory.exclusively(() => takeAlone(store, memory, options));
}

/**
 * Looks again whether it is still this catalog's turn, in a run that goes on for long: before it deletes, and before what it
 * has written counts.
 * @throws STORE_TAKEN
 */
export async function confirmTurn(store: Store, memory: TurnMemory): Promise<void> {
  let seen: string | undefined;
  for (;;) {
    const found = await store.getDocument(document);
    const last = found && parseWriter(found.content, store);
    if (last && isOurs(last, await memory.read())) return;
    // Another run of this catalog may have taken a turn between the two: then the store has a new one.
    if (!last || last.turn === seen) throw storeTaken(store, last);
    seen = last.turn;
  }
}

async function takeAlone(
  store: Store,
  memory: TurnMemory,
  { force = false }: { force?: boolean },
): Promise<void> {
  const remembered = await memory.read();
  const found = await store.getDocument(document);
  if (!force) {
    const last = found && parseWriter(found.content, store);
    const ours = last === undefined ? remembered.turn === null : isOurs(last, remembered);
    if (!ours) throw storeTaken(store, last);
  }
  const turn = randomUUID();
  await memory.intend(turn);
  const next: Writer = {
    catalog: await memory.catalog(),
    turn,
    host: hostname(),
    at: new Date().toISOString(),
  };
  const written = await store.putDocument(
    document,
    Buffer.from(`${JSON.stringify(next)}\n`),
    found?.version ?? null,
  );
  if (written === undefined) {
    const other = await store.getDocument(document);
    // A put that was answered with an error and tried again finds its own work.
    const now = other && parseWriter(other.content, store);
    if (now?.turn !== turn) throw storeTaken(store, now);
  }
  await memory.taken(turn);
}

/** Who wrote last; undefined when nobody has. */
export async function readWriter(store: Store): Promise<Writer | undefined> {
  const found = await store.getDocument(document);
  return found && parseWriter(found.content, store);
}

function isOurs({ turn }: Writer, remembered: RememberedTurn): boolean {
  return turn === remembered.turn || turn === remembered.intended;
}

function parseWriter(content: Uint8Array, store: Store): Writer {
  try {
    return writer.parse(JSON.parse(Buffer.from(content).toString()));
  } catch (cause) {
    throw new HoldfastError(
      'STORE_TAKEN',
      `${document} in the store ${store.address} cannot be read, so it is unknown who writes to the store.`,
      { cause },
    );
  }
}

function storeTaken(store: Store, last: Writer | undefined): HoldfastError {
  const message = last
    ? `The last to write to the store ${store.address} was another installation, or a copy of this one: on ${last.host}, at ${last.at}.`
    : `The store ${store.address} no longer says that this installation writes to it: ${document} is gone.`;
  return new HoldfastError('STORE_TAKEN', message, {
    details: { store: store.address, ...(last ? { host: last.host, at: last.at } : {}) },
  });
}
