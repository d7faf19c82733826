import { randomUUID } from 'node:crypto';
import { backup } from '../src/engine/backup/backup.ts';
import { memoryStore } from '../src/store/memory.ts';
import { ownSchema } from './databases.ts';

/*
 * A backup into memory, as a process of its own: what reading, hashing and compressing cost without a store.
 * Usage: DATABASE_URL=… node bench/memory-store-backup.ts JOBS
 */

const { manifest } = await backup(
  { connectionString: process.env['DATABASE_URL'] ?? '' },
  memoryStore(),
  {
    uuid: randomUUID(),
    type: 'full',
    tables: [],
    jobs: Number(process.argv[2] ?? 2),
    compressionLevel: 2,
    lockTimeoutMs: 30_000,
    own: { tables: [], schemas: [ownSchema] },
  },
  { signal: new AbortController().signal, report: () => {} },
);
console.log(JSON.stringify({ storedBytes: manifest.totals.storedBytes, rawBytes: manifest.totals.rawBytes }));
