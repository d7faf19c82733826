#!/usr/bin/env node
import * as module from 'node:module';
import os from 'node:os';
import path from 'node:path';
import * as v8 from 'node:v8';

// Compiling takes half of a short command's time, and what is loaded after this line is compiled only once. Kept where
// only this user writes: in the default place, below /tmp, somebody else could leave compiled code for us to run.
const cacheHome = process.env['XDG_CACHE_HOME'] || path.join(os.homedir(), '.cache');
// A Node that is too old has no such function, and must live to be told so.
module.enableCompileCache?.(process.env['NODE_COMPILE_CACHE'] || path.join(cacheHome, 'holdfast'));
// Buffers that come and go count as growth of the heap. Next to a heap as small as ours a few of them are enough for a
// full collection, and a backup would spend a twelfth of its time there.
v8.setFlagsFromString('--heap-growing-percent=200');
// pg_dump as WebAssembly runs for a moment only. Compiling it a second time, for speed, costs more than it gains until there
// are some hundreds of tables, so that begins later than it would (the default is 13,000,000).
v8.setFlagsFromString('--wasm-tiering-budget=1000000000');
await import('./command-line.ts');
