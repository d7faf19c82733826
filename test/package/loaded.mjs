// Loaded before a command: writes which modules it loads to the file LOADED, an address a line. Modules of Node that are
// used here are not among them.
import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  registerHooks({
    load(url, context, next) {
      appendFileSync(process.env['LOADED'], `${url}\n`);
      return next(url, context);
    },
  });
}
