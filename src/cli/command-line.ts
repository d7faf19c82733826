import { HoldfastError } from '../base/errors.ts';
import { checkRuntime } from './doctor/runtime.ts';
import { runCommandLine } from './program.ts';
import { reportFailure, tolerateClosedOutput } from './terminal/output.ts';

tolerateClosedOutput();
try {
  const runtime = checkRuntime();
  if (runtime.level === 'fail') {
    throw new HoldfastError('INVALID_CONFIGURATION', runtime.message, { hint: runtime.hint ?? '' });
  }
  await runCommandLine(process.argv.slice(2));
} catch (error) {
  process.exitCode = reportFailure(error, { json: process.argv.includes('--json') });
}
// Everything has been closed by now; should something still hold the process, it does not hold it for long.
setTimeout(() => process.exit(), 5_000).unref();
