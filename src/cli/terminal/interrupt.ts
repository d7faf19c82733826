import { setTimeout as pause } from 'node:timers/promises';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** How long after the first Ctrl-C the database is checked; if it does not answer, waiting is pointless. */
const patienceMs = 3_500;
/** What a database that answers may still need. */
const patienceInAllMs = 30_000;

/** What cannot be waited for without end. */
export interface Awaited {
  /** Whether the database answers, within a second. */
  answers(): Promise<boolean>;
  /** Says what state things are in, before the process is left because it does not, or takes too long. */
  givingUp(): void;
}

/**
 * Calls `first` at the first Ctrl-C (or SIGTERM, or when the terminal goes away); a second one leaves at once. Whatever the
 * network does, the process has ended some five seconds after the first one where it says what it waits for.
 * Returns what takes the listeners away again.
 */
export function onInterrupt(
  first: () => void,
  leaving: () => void = () => {},
  awaited?: Awaited,
): () => void {
  let asked = false;
  const listener = (): void => {
    if (asked) {
      leaving();
      process.exit(130);
    }
    asked = true;
    first();
    if (awaited) void leaveInTime(awaited);
  };
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.off(signal, listener);
  };
}

async function leaveInTime({ answers, givingUp }: Awaited): Promise<void> {
  for (let waitedMs = 0; waitedMs < patienceInAllMs; waitedMs += patienceMs) {
    await pause(patienceMs, undefined, { ref: false });
    if (!(await answers())) break;
  }
  givingUp();
  process.exit(130);
}
