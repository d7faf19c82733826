#!/usr/bin/env node
import { runCommandLine } from './program.ts';
import { reportFailure, tolerateClosedOutput } from './terminal/output.ts';

tolerateClosedOutput();
try {
  await runCommandLine(process.argv.slice(2));
} catch (error) {
  process.exitCode = reportFailure(error, { json: process.argv.includes('--json') });
}
// Everything has been closed by now; should something still hold the process, it does not hold it for long.
setTimeout(() => process.exit(), 5_000).unref();
