// Loaded before the command line: the process kills itself (signal 9) before its Nth call that changes something below a folder.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const under = process.env.TEST_KILL_UNDER;
const at = Number(process.env.TEST_KILL_AT);
let calls = 0;

function counted(name, changes = () => true) {
  const original = fs.promises[name];
  fs.promises[name] = (...args) => {
    const below = args.some((each) => typeof each === 'string' && each.startsWith(under));
    if (below && changes(args) && ++calls === at) process.kill(process.pid, 'SIGKILL');
    return original.apply(fs.promises, args);
  };
}

for (const name of ['mkdir', 'link', 'rename', 'unlink', 'rmdir']) counted(name);
counted('open', ([, flags]) => typeof flags === 'string' && flags !== 'r');
syncBuiltinESMExports();
