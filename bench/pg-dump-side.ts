import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { createDatabase, databaseName, ownSchema, restoredDatabases } from './databases.ts';
import type { DataSet } from './datasets/dataset.ts';
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
  set: DataSet,
  options: Pick<BenchOptions, 'pgDump' | 'pgRestore' | 'jobs'>,
  compression: string,
  scratch: string,
) {
  const database = databaseName(set.name);
  const restored = restoredDatabases(server, 'restored_by_pg_restore', set);
  const jobs = String(options.jobs);
  const directories: string[] = [];
  const latestDump = (): string => directories.at(-1) ?? scratch;

  /** Into a directory of its own: see restoredDatabases. */
  function nextDump(): Command {
    directories.push(path.join(scratch, `dump_${directories.length + 1}`));
    return {
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
        latestDump(),
        '-d',
        server.url(database),
      ],
    };
  }

  async function takeDump(): Promise<void> {
    await measure(nextDump());
  }

  async function forget(): Promise<void> {
    for (const each of directories.splice(0)) await fs.rm(each, { recursive: true, force: true });
    await restored.dropAll();
  }

  const backupSide: Side = {
    name: compression === 'gzip' ? 'pg_dump, gzip' : `pg_dump -Z ${compression}`,
    prepare: async () => nextDump(),
    finish: async () => ({ bytes: await sizeOf(latestDump()) }),
  };

  const restoreSide: Side = {
    name: 'pg_restore',
    async prepare() {
      const name = await restored.next();
      // Holdfast makes its database itself, within what is measured.
      await createDatabase(server, name);
      return {
        file: options.pgRestore,
        args: ['-j', jobs, '--exit-on-error', '-d', server.url(name), latestDump()],
      };
    },
    async finish(_, last) {
      await restored.done(last);
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
