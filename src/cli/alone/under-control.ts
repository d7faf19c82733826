import { HoldfastError } from '../../base/errors.ts';
import type { RunControl } from '../../engine/run.ts';
import type { Invocation } from '../invocation.ts';
import { onInterrupt } from '../terminal/interrupt.ts';
import { progressDisplay } from '../terminal/progress.ts';
import { onStderr } from '../terminal/style.ts';

export interface Work {
  /** Shown beside the progress: `Restore of 3f0c…`. */
  title: string;
  /** What state things are in after it was cancelled, in full sentences. */
  afterCancel: string;
  /** The same when it is left before it has stopped. */
  onLeaving(): string;
}

/**
 * Does work with its progress on stderr. Ctrl-C asks it to stop and waits until it has, at most half a minute; a second one leaves.
 * @throws CANCELLED; what the work throws
 */
export async function underControl<T>(
  invocation: Invocation,
  { title, afterCancel, onLeaving }: Work,
  work: (control: RunControl) => Promise<T>,
): Promise<T> {
  const stopping = new AbortController();
  const leave = (): void => void process.stderr.write(`${onLeaving()}\n`);
  const forget = onInterrupt(
    () => {
      process.stderr.write(
        `${onStderr.yellow('\nCancelling; waiting until it has stopped. Press Ctrl-C again to exit at once.')}\n`,
      );
      stopping.abort(new HoldfastError('CANCELLED', `${title} was cancelled.`, { hint: afterCancel }));
    },
    leave,
    { answers: async () => true, givingUp: leave },
  );
  const display = progressDisplay(title, invocation);
  try {
    return await work({ signal: stopping.signal, report: (progress) => display.update(progress) });
  } finally {
    display.end();
    forget();
  }
}
