import { requireNode } from '../base/runtime.ts';
import { runCommandLine } from './program.ts';
import { reportFailure, tolerateClosedOutput } from './terminal/output.ts';

/** Exit code of a process that ended before its command did, as Node's own for an unsettled await. */
const unfinished = 13;

/** Runs the command line of this process and sets its exit code. */
export async function main(): Promise<void> {
  process.exitCode = unfinished;
  tolerateClosedOutput();
  try {
    requireNode();
    await runCommandLine(process.argv.slice(2));
    if (process.exitCode === unfinished) process.exitCode = 0;
  } catch (error) {
    process.exitCode = reportFailure(error, { json: process.argv.includes('--json') });
  }
  // Everything is closed by now. Should anything still hold the process, it ends all the same.
  setTimeout(() => process.exit(), 5_000).unref();
}
