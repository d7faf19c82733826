import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { promisify } from 'node:util';
import { prepareDumpThread, takeDumpThread } from '../../src/postgres/pg-dump/thread.ts';

const module = new URL('../../src/postgres/pg-dump/thread.ts', import.meta.url).href;

test('a thread that was started ahead is taken once', async () => {
  prepareDumpThread();
  prepareDumpThread();
  const taken = [takeDumpThread(), takeDumpThread()];
  assert.notEqual(taken[0], taken[1]);
  assert.ok(taken[0]!.threadId < taken[1]!.threadId, 'the first one was there before');
  await Promise.all(taken.map((thread) => thread.terminate()));
});

test('a thread that is not taken does not keep the process', async () => {
  const program = `import { prepareDumpThread } from ${JSON.stringify(module)}; prepareDumpThread();`;
  const args = ['--input-type=module', '--eval', program];
  await promisify(execFile)(process.execPath, args, { timeout: 60_000 });
});

test('a thread starts though the application was started with options that threads refuse', async () => {
  // What it is told is no order, so it fails, but only when it has begun.
  const program = `
    import { takeDumpThread } from ${JSON.stringify(module)};
    const thread = takeDumpThread();
    thread.on('error', ({ message }) => console.log('failed:', message));
    thread.postMessage({});`;
  const args = ['--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 });
  assert.match(stdout, /^failed: /);
  assert.doesNotMatch(stdout, /input-type/);
});
