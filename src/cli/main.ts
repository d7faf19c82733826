#!/usr/bin/env node
import * as module from 'node:module';
import os from 'node:os';
import path from 'node:path';
import * as v8 from 'node:v8';

// What is loaded after this line is compiled once and then read from here. A folder that only this user writes to: in
// Node's default place, below /tmp, another user could leave compiled code for us to run. Too old a Node has no such
// function, and must get as far as the sentence that says so.
const cacheHome = process.env['XDG_CACHE_HOME'] || path.join(os.homedir(), '.cache');
module.enableCompileCache?.(process.env['NODE_COMPILE_CACHE'] || path.join(cacheHome, 'holdfast'));
// Buffers that come and go count as growth of the heap. Next to a heap as small as ours a few of them are enough for a
// full collection, and a backup would spend a twelfth of its time there.
v8.setFlagsFromString('--heap-growing-percent=200');
// pg_dump as WebAssembly runs for a moment only. Compiling it a second time, for speed, costs more than it gains below
// some hundreds of tables, so that begins later than by default (13,000,000).
v8.setFlagsFromString('--wasm-tiering-budget=1000000000');
// Not awaited: a module that awaits at its top level keeps the bundler from merging files.
void import('./command-line.ts').then(({ main }) => main());
