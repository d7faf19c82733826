import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const maxMib = 150;

test('the manifest of 100 000 tables takes no more memory than any other', async (t) => {
  const folder = await fs.mkdtemp(path.join(tmpdir(), 'holdfast-manifest-'));
  t.after(() => fs.rm(folder, { recursive: true, force: true }));
  const program = path.join(import.meta.dirname, 'large-manifest.ts');
  // The young generation of the heap may be what it likes otherwise, whether it is needed or not.
  const heap = ['--max-old-space-size=40', '--max-semi-space-size=4'];
  const { stdout } = await promisify(execFile)(process.execPath, [...heap, program, folder, '100000']);
  t.diagnostic(stdout.trim());
  const took = JSON.parse(stdout) as Record<string, number>;
  assert.ok(took['rawBytes']! > 200_000_000 && took['parts']! > 100);
  const grown = took['peakMib']! - took['startMib']!;
  assert.ok(grown <= maxMib, `${grown} MiB more than at the start`);
});
