import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { exportSql } from '../../src/engine/read/download.ts';
import { type SqlFormat } from '../../src/contract/backup.ts';
import type { Manifest } from '../../src/format/manifest.ts';
import type { Store } from '../../src/store/store.ts';

/** A backup as a script, and what runs it. */

export function script(store: Store, manifest: Manifest, format: SqlFormat): Readable {
  const bytes = Readable.fromWeb(exportSql(store, manifest, format) as never);
  if (format === 'sql') return bytes;
  const decoder = format === 'sql.gz' ? createGunzip() : createZstdDecompress();
  bytes.on('error', (error) => decoder.destroy(error));
  return bytes.pipe(decoder);
}

/** psql alone, stopping at the first error. */
export async function psql(connectionString: string, input: Readable): Promise<void> {
  const child = spawn('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', connectionString], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  // When psql stops early the pipe breaks; what it said is the interesting part.
  await pipeline(input, child.stdin).catch((error: unknown) => (errors += String(error)));
  assert.equal(await ended, 0, errors);
}
