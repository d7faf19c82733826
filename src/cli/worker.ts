import { createBackupSystem } from '../index.ts';
import type { Invocation } from './invocation.ts';
import { databaseAnswers, optionsFor } from './system.ts';
import { onInterrupt } from './terminal/interrupt.ts';
import { printDocument, printLine, remark } from './terminal/output.ts';

/** Performs runs until it is told to stop; what it then has to leave goes back into the queue. */
export async function work(invocation: Invocation, jobs: number | undefined): Promise<void> {
  const options = await optionsFor(invocation, jobs);
  // It serves nobody, so it needs no token.
  const system = createBackupSystem({ ...options, auth: { authorize: () => false }, worker: true });
  const interrupted = Promise.withResolvers<void>();
  const forget = onInterrupt(() => interrupted.resolve(), undefined, {
    answers: () => databaseAnswers(invocation),
    givingUp: () =>
      process.stderr.write(
        'The database does not answer. The next process that sees the run of this one marks it as interrupted.\n',
      ),
  });
  // What looks for runs does not keep a process alive that has other things to do. This one has not.
  const staying = setInterval(() => {}, 60_000);
  try {
    if (invocation.json) printDocument({ working: true });
    else printLine('Working. Ctrl-C stops it.');
    // A database that is down now may be up in a moment.
    await system
      .start()
      .catch((error: Error) => remark(invocation, `The database does not answer yet: ${error.message}`));
    await interrupted.promise;
    remark(invocation, 'Stopping.');
  } finally {
    clearInterval(staying);
    forget();
    await system.stop();
  }
}
