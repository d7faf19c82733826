import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { rolldown } from 'rolldown';

/** Of the whole process: Node.js itself, which is some 57 of it, our code, and the threads that compress. */
const maxBytes = 150_000_000;

const root = path.resolve(import.meta.dirname, '..', '..');

/** The program with our code in a few files, as it is published: to run TypeScript takes 40 MB more. */
async function published(folder: string): Promise<string> {
  await using build = await rolldown({
    cwd: root,
    input: {
      'large-manifest': 'test/format/large-manifest.ts',
      'codec-thread': 'src/format/codec-thread.ts',
    },
    platform: 'node',
    external: [/^pg($|\/)/, 'pg-connection-string'],
  });
  const dist = path.join(folder, 'dist');
  await build.write({ format: 'esm', entryFileNames: '[name].js', dir: dist });
  await fs.copyFile(path.join(root, 'package.json'), path.join(folder, 'package.json'));
  await fs.symlink(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  return path.join(dist, 'large-manifest.js');
}

test('the manifest of 100 000 tables takes no more memory than any other', async (t) => {
  const folder = await fs.mkdtemp(path.join(tmpdir(), 'holdfast-manifest-'));
  t.after(() => fs.rm(folder, { recursive: true, force: true }));
  const program = await published(folder);
  const chunks = path.join(folder, 'chunks');
  await fs.mkdir(chunks);
  // Shows what is needed: a heap with more room lets what is of no use any more lie until the room is used up.
  const heap = ['--max-old-space-size=16', '--max-semi-space-size=1'];
  const { stdout } = await promisify(execFile)(process.execPath, [...heap, program, chunks, '100000']);
  t.diagnostic(stdout.trim());
  const took = JSON.parse(stdout) as Record<string, number>;
  assert.ok(took['rawBytes']! > 200_000_000 && took['parts']! > 100);
  const peakBytes = took['peakMib']! * 2 ** 20;
  assert.ok(peakBytes <= maxBytes, `${took['peakMib']} MiB`);
});
