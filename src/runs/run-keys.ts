import { randomUUID } from 'node:crypto';
import { HoldfastError } from '../base/errors.ts';
import type { LockConnection } from './locks.ts';

/*
 * A key that was given for one run, or the address of a server, which has a password in it, is in the memory of the process that performs the run, and nowhere else. The row of the
 * run has a ticket, by which no other process takes it. While the run waits, its process holds a lock of that ticket: when
 * that process is gone, others see that nobody can perform the run, and end it.
 */
export interface RunKeys {
  /**
   * Keeps a key for a run that is about to be ordered.
   * @returns the ticket for the row of the run
   */
  keep(secrets: RunSecrets): Promise<string>;
  /** There is a row with the ticket now. */
  ordered(ticket: string): void;
  /** Of the keys that are kept, and can still be counted on. */
  tickets(): string[];
  secretsOf(ticket: string): RunSecrets | undefined;
  /** The run has begun: from now on the lock of its lane shows that its process lives. Never throws. */
  begun(ticket: string): Promise<void>;
  /** The run has ended, or will never begin. Never throws. */
  forget(ticket: string): Promise<void>;
  /** Forgets the keys of runs that were cancelled while they waited, in whichever process. Never throws. */
  review(): Promise<void>;
}

/** What was given for one run. */
export interface RunSecrets {
  /** The text of an age identity. */
  identity?: string | undefined;
  /** The address of a server. */
  target?: string | undefined;
}

export interface RunKeysOptions {
  /** Opens a connection for locks. */
  open(): Promise<LockConnection>;
  /** Which of these tickets a run that has not ended has. */
  needed(tickets: readonly string[]): Promise<readonly string[]>;
}

interface Kept {
  secrets: RunSecrets;
  ordered: boolean;
  /** Undefined once the run has begun. */
  lock: LockConnection | undefined;
}

/** How long a key may be kept after another process has cancelled the run that waits. */
const reviewEveryMs = 2_000;

export function createRunKeys({ open, needed }: RunKeysOptions): RunKeys {
  const kept = new Map<string, Kept>();
  let timer: NodeJS.Timeout | undefined;

  function reviewLater(): void {
    if (timer || kept.size === 0) return;
    timer = setTimeout(() => {
      timer = undefined;
      void review().then(reviewLater);
    }, reviewEveryMs).unref();
  }

  async function forget(ticket: string): Promise<void> {
    const lock = kept.get(ticket)?.lock;
    kept.delete(ticket);
    await lock?.close();
  }

  async function review(): Promise<void> {
    const waiting = [...kept].filter(([, { ordered, lock }]) => ordered && lock).map(([ticket]) => ticket);
    if (waiting.length === 0) return;
    // A database that does not answer has not cancelled anything.
    const still = await needed(waiting).catch(() => waiting);
    for (const ticket of waiting) {
      if (!still.includes(ticket) && kept.get(ticket)?.lock) await forget(ticket);
    }
  }

  return {
    async keep(secrets) {
      const ticket = randomUUID();
      const lock = await open();
      try {
        if (!(await lock.tryKey(ticket))) throw new HoldfastError('INTERNAL', 'Two tickets have one lock.');
      } catch (error) {
        await lock.close();
        throw error;
      }
      kept.set(ticket, { secrets, ordered: false, lock });
      // From then on another process may end the run, which must not begin here at the same time.
      const onLost = (): void => {
        if (kept.get(ticket)?.lock === lock) kept.delete(ticket);
      };
      if (lock.lost.aborted) onLost();
      else lock.lost.addEventListener('abort', onLost, { once: true });
      return ticket;
    },
    ordered(ticket) {
      const found = kept.get(ticket);
      if (found) found.ordered = true;
      reviewLater();
    },
    tickets: () => [...kept.keys()],
    secretsOf: (ticket) => kept.get(ticket)?.secrets,
    async begun(ticket) {
      const found = kept.get(ticket);
      const lock = found?.lock;
      if (found) found.lock = undefined;
      await lock?.close();
    },
    forget,
    review,
  };
}

/** Ends a run whose key was in a process that is gone. */
export function keyLost(message: string): HoldfastError {
  return new HoldfastError('INTERRUPTED', message, {
    hint: 'Order it again, with the key if it needs one: only the process that it was asked of could perform it.',
  });
}
