import type { Progress } from '../api/contract.ts';
import { HoldfastError } from '../base/errors.ts';
import type { Invocation } from './invocation.ts';
import { databaseAnswers } from './system.ts';
import { onInterrupt } from './terminal/interrupt.ts';
import { asHoldfastError } from './terminal/output.ts';
import { progressDisplay } from './terminal/progress.ts';
import { onStderr } from './terminal/style.ts';

export interface Run<Summary> {
  /** `Backup`, `Restore` */
  noun: string;
  start(): Promise<Summary & { id: number }>;
  wait(id: number, onProgress: (progress: Progress) => void): Promise<Summary>;
  cancel(id: number): Promise<unknown>;
  /** What state things are in after it was cancelled, in full sentences. */
  afterCancel: string;
}

/**
 * Starts a run and follows it to its end. Ctrl-C asks it to stop and waits until it has; the run itself decides
 * how it ended, so one that was already through is still reported as completed.
 * @throws the error the run ended in; CANCELLED says what state things are in
 */
export async function follow<Summary>(invocation: Invocation, run: Run<Summary>): Promise<Summary> {
  let id: number | undefined;
  let wanted = false;
  const cancel = (): void => {
    if (id === undefined) return;
    run.cancel(id).catch((error: unknown) => {
      process.stderr.write(`Could not cancel: ${asHoldfastError(error).message}\n`);
    });
  };
  const forget = onInterrupt(
    () => {
      wanted = true;
      process.stderr.write(
        `${onStderr.yellow('\nCancelling; waiting until it has stopped. Press Ctrl-C again to exit at once.')}\n`,
      );
      cancel();
    },
    () => process.stderr.write('Exited. The next run marks this one as interrupted.\n'),
    {
      answers: () => databaseAnswers(invocation),
      givingUp: () =>
        process.stderr.write(
          `The database does not answer, so how ${run.noun.toLowerCase()}${id === undefined ? '' : ` ${id}`} ended could not be recorded. The server rolls back what was not committed; the next command shows how it ended.\n`,
        ),
    },
  );
  let display: ReturnType<typeof progressDisplay> | undefined;
  try {
    const started = await run.start();
    id = started.id;
    if (wanted) cancel();
    display = progressDisplay(`${run.noun} ${id}`, invocation);
    const { update } = display;
    return await run.wait(id, update);
  } catch (thrown) {
    const error = asHoldfastError(thrown);
    if (error.code !== 'CANCELLED') throw error;
    throw new HoldfastError('CANCELLED', `${run.noun}${id === undefined ? '' : ` ${id}`} was cancelled.`, {
      hint: run.afterCancel,
      ...(error.details ? { details: error.details } : {}),
      cause: error,
    });
  } finally {
    display?.end();
    forget();
  }
}
