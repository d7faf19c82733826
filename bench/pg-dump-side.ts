import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { createDatabase, databaseName, dropDatabase, ownSchema } from './databases.ts';
import { measure, type Command } from './measure.ts';
import type { BenchOptions } from './options.ts';
import type { Side } from './pairing.ts';
import type { BenchServer } from './server.ts';

/** The first line of `pg_dump --version`, or undefined when there is none. */
export function pgDumpVersion(program: string): string | undefined {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** zstd:3 as Holdfast does, where this pg_dump was built with it; else gzip, which is its default. */
export function compressionOf(program: string, url: string, scratch: string): 'zstd:3' | 'gzip' {
  const directory = path.join(scratch, 'probe');
  const { status, stderr } = spawnSync(
    program,
    ['-Fd', '-Z', 'zstd:3', '--schema-only', '-f', directory, '-d', url],
    { encoding: 'utf8' },
  );
  if (status === 0) return 'zstd:3';
  // `compression method`, `compression level`, `unrecognized compression algorithm`: versions word it differently.
  if (stderr.includes('compress')) return 'gzip';
  throw new Error(`${program} cannot dump this server:\n${stderr}`);
}

export function pgDump(
  server: BenchServer,
  database: string,
  options: Pick<BenchOptions, 'pgDump' | 'pgRestore' | 'jobs'>,
  compression: string,
  scratch: string,
) {
  const directory = path.join(scratch, 'dump');
  const restored = databaseName('restored_by_pg_restore');
  const jobs = String(options.jobs);
  const dump: Command = {
    file: options.pgDump,
    // Without its schema of Holdfast's own tables: they would hold a backup of the same data.
    args: [
      '-Fd',
      '-j',
      jobs,
      '-Z',
      compression,
      '-N',
      ownSchema,
      '-f',
      directory,
      '-d',
      server.url(database),
    ],
  };

  async function takeDump(): Promise<void> {
    await forget();
    await measure(dump);
  }

  async function forget(): Promise<void> {
    await fs.rm(directory, { recursive: true, force: true });
  }

  const backupSide: Side = {
    name: compression === 'gzip' ? 'pg_dump, gzip' : `pg_dump -Z ${compression}`,
    async prepare() {
      await forget();
      return dump;
    },
    async finish() {
      const bytes = await sizeOf(directory);
      await forget();
      return { bytes };
    },
  };

  const restoreSide: Side = {
    name: 'pg_restore',
    async prepare() {
      await dropDatabase(server, restored);
      // Holdfast makes its database itself, within what is measured.
      await createDatabase(server, restored);
      return {
        file: options.pgRestore,
        args: ['-j', jobs, '--exit-on-error', '-d', server.url(restored), directory],
      };
    },
    async finish(_, last) {
      if (!last) await dropDatabase(server, restored);
      return {};
    },
  };

  return { takeDump, forget, backupSide, restoreSide, restored };
}

async function sizeOf(directory: string): Promise<number> {
  let bytes = 0;
  for (const entry of await fs.readdir(directory)) bytes += (await fs.stat(path.join(directory, entry))).size;
  return bytes;
}
