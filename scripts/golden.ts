/**
 * Makes the golden archive of the present format version, once: `test/format/golden/v2/` for `holdfast/2`. Every later
 * version must be able to read it, so an archive that exists is never written again.
 *
 *   node scripts/golden.ts
 *
 * The source is PostgreSQL 14, the oldest supported, so that every major can take it.
 */
import { execFile } from 'node:child_process';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { backup } from '../src/engine/backup/backup.ts';
import { ChunkWriter } from '../src/engine/backup/chunk-writer.ts';
import { documentOf, writePieces } from '../src/engine/backup/write-manifest.ts';
import { format2 as formatVersion } from '../src/format/backup-document.ts';
import { newSigningKey } from '../src/format/sealing/signatures.ts';
import { openClient } from '../test/support/connect.ts';
import { memoryStore } from '../src/store/memory.ts';
import { contents } from '../test/support/compare.ts';
import { newDirectory, startTestServer } from '../test/support/server-start.ts';

/** A name for ever: the archive's own. */
const uuid = '6f1f2c1e-0000-4000-8000-000000000002';
const sourceMajor = 14;

const directory = path.resolve(
  import.meta.dirname,
  '../test/format/golden',
  formatVersion.replace('holdfast/', 'v'),
);

await main();

async function main(): Promise<void> {
  const documentFile = path.join(directory, 'backup.json');
  if (await fs.stat(documentFile).catch(() => undefined)) {
    throw new Error(`${documentFile} exists; the golden archive of ${formatVersion} is not made again.`);
  }
  const parent = await newDirectory();
  const server = await startTestServer(sourceMajor, { parent });
  try {
    const target = { connectionString: server.connectionString('golden') };
    await run(server.connectionString('postgres'), 'create database golden template template0');
    await run(target.connectionString, await fs.readFile(path.join(directory, 'source.sql'), 'utf8'));
    const store = memoryStore();
    const { manifest } = await backup(
      target,
      store,
      {
        uuid,
        type: 'full',
        tables: [],
        jobs: 1,
        compressionLevel: 19,
        lockTimeoutMs: 1000,
        own: { tables: [], schemas: [] },
      },
      { signal: new AbortController().signal, report: () => {} },
    );
    const sign = newSigningKey();
    const fail = (error: unknown): never => {
      throw error;
    };
    const writer = new ChunkWriter(store, 19, 1, fail);
    const written = await writePieces(manifest, (raw, plain) => writer.put(raw, plain));
    await writer.flush();
    const place = { store: 'golden', counter: 1, previous: null };
    const { document } = documentOf(written, place, {
      keys: { sealed: false, sign },
      at: new Date(),
      about: {
        description: 'the golden archive',
        trigger: 'manual',
        schedule: null,
        dueAt: null,
        startedAt: manifest.snapshot.at,
        holdfast: '0.1.0',
      },
    });
    await fs.mkdir(path.join(directory, 'chunks'), { recursive: true });
    for (const [id, chunk] of store.chunks) {
      await fs.writeFile(path.join(directory, 'chunks', `${id}.zst`), chunk.frame);
    }
    const client = await openClient(target);
    const expected = Object.fromEntries(await contents(client));
    await client.end();
    await writeJson(path.join(directory, 'contents.json'), expected);
    await writeJson(documentFile, document);
    console.log(`${manifest.totals.tables} tables, ${store.chunks.size} chunks in ${directory}`);
  } finally {
    await server.stop('immediate');
    await fs.rm(parent, { recursive: true, force: true });
  }
}

async function run(connectionString: string, sql: string): Promise<void> {
  const client = await openClient({ connectionString });
  await client.query(sql);
  await client.end();
}

async function writeJson(file: string, value: unknown): Promise<void> {
  await fs.writeFile(file, `${JSON.stringify(value, null, 2)}\n`);
  // The check of formatting looks at it as well.
  await promisify(execFile)(path.resolve(import.meta.dirname, '../node_modules/.bin/oxfmt'), [file]);
}
