import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { createBackupSystem, silentLogger } from '../../src/index.ts';
import { isAlive } from '../../src/postgres/embedded/process.ts';
import { openClient } from '../support/connect.ts';
import { token } from '../api/system.ts';
import { newDirectory, startTestServer } from '../support/server-start.ts';
import { serverTarget } from '../support/servers.ts';
import { until } from '../support/until.ts';
import {
  assertNothingLeft,
  chunkSizes,
  contents,
  notesOf,
  nothingRuns,
  resumption,
} from './interruptions.ts';

const run = promisify(execFile);
const mebibyte = 1024 * 1024;

interface Disk {
  directory: string;
  remove(): Promise<void>;
}

/** A disk of its own, small enough to be filled; undefined, and said why, where one may not be mounted. */
async function smallDisk(t: TestContext, sizeMiB: number): Promise<Disk | undefined> {
  const directory = await newDirectory();
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m,mode=755`, 'holdfast-test', directory]);
  } catch (error) {
    await fs.rm(directory, { recursive: true });
    const why = `no disk can be filled: mounting needs root on Linux (${String(error).split('\n')[0]})`;
    console.error(`\n*** ${why}\n`);
    assert.notEqual(process.env['CI'], 'true', why);
    t.skip(why);
    return undefined;
  }
  return {
    directory,
    async remove() {
      await run('umount', ['--lazy', directory]);
      await fs.rm(directory, { recursive: true });
    },
  };
}

/** Takes the room of a disk until only so much is free; the file is what somebody deletes to make room again. */
async function fill(disk: string, freeMiB: number): Promise<string> {
  const file = path.join(disk, 'filling');
  const { bavail, bsize } = await fs.statfs(disk);
  const handle = await fs.open(file, 'w');
  let left = bavail * bsize - freeMiB * mebibyte;
  const zeros = Buffer.alloc(mebibyte);
  for (; left > 0; left -= mebibyte) await handle.write(zeros, 0, Math.min(left, mebibyte));
  await handle.close();
  return file;
}

/** Two puts at once need 12 MiB; a backup of 120,000 notes needs 20 to 30, and as much of log, in files of 16. */
const cases = [
  { what: 'before anything is stored', notes: 120_000, freeMiB: 6, logMiB: 64 },
  { what: 'when a part is stored', notes: 300_000, freeMiB: 26, logMiB: 64 },
  // A server that cannot write its log stops, and starts again or not.
  { what: 'for the log', notes: 120_000, freeMiB: 20, logMiB: 4_096 },
];

for (const { what, notes, freeMiB, logMiB } of cases) {
  test(`a disk that is full ${what}: the backup fails and says so, the next one goes on from there`, async (t) => {
    const mounted = await smallDisk(t, 900);
    if (mounted === undefined) return;
    const disk = mounted.directory;
    const settings = {
      min_wal_size: '64MB',
      max_wal_size: `${logMiB}MB`,
      wal_level: 'minimal',
      max_wal_senders: '0',
    };
    let server = await startTestServer(18, { parent: disk, settings }).catch(async (error: unknown) => {
      await mounted.remove();
      throw error;
    });
    const database = server.connectionString('postgres');
    const system = createBackupSystem({ database, auth: { token }, logger: silentLogger });
    t.after(async () => {
      await system.stop();
      await server.stop('immediate');
      await mounted.remove();
    });
    const { api } = system;
    const connect = async () => {
      const client = await openClient(serverTarget(server));
      t.after(() => client.end().catch(() => {}));
      return client;
    };
    let client = await connect();
    await client.query(notesOf(notes));
    await api.init();
    const first = await api.createBackup({ wait: true });
    await client.query('update notes set changed = changed + 1');
    // Makes old files of the log new ones; or begins one, after which there is none.
    await client.query(logMiB === 64 ? 'checkpoint' : 'select pg_switch_wal()');
    const now = await contents(client);
    const before = await chunkSizes(client);

    const filling = await fill(disk, freeMiB);
    let ended = false;
    const ending = api
      .createBackup({ wait: true })
      .then(
        () => undefined,
        (error: Error & { code: string }) => error,
      )
      .finally(() => (ended = true));
    await until(async () => ended || !isAlive(server.pid), 120_000);

    // Somebody makes room.
    await fs.rm(filling);
    const answers = await connect().catch(() => undefined);
    if (!answers) {
      const { port } = server;
      await server.stop('immediate');
      server = await startTestServer(18, { parent: disk, settings, port });
    }
    client = answers ?? (await connect());
    const failure = await ending;
    assert.ok(failure, 'it cannot have completed');
    t.diagnostic(`${failure.code}: ${failure.message}`);
    assert.ok(
      ['DISK_FULL', 'SERVER_FILE_FAILED', 'DATABASE_UNREACHABLE', 'INTERRUPTED', 'BACKUP_FAILED'].includes(
        failure.code,
      ),
    );
    t.diagnostic(answers ? 'the server went on' : 'the server had stopped');
    await nothingRuns({ api });
    const failed = await until(async () => {
      const { backups } = await api.listBackups();
      return backups.find(({ status }) => status === 'failed' || status === 'interrupted');
    });
    assert.ok(failed.error, 'with its reason');
    const cut = await chunkSizes(client);
    const next = await api.createBackup({ wait: true });
    const { stored, again } = await resumption(client, before, cut, cut, next.id);
    t.diagnostic(`of ${stored} bytes stored until the disk was full ${again} were stored again`);
    if (freeMiB > 12) assert.ok(stored > 0, 'something had been stored');
    assert.ok(stored === 0 || again < stored / 10);
    await api.cleanUp({ wait: true });
    await assertNothingLeft(client);
    await client.query('truncate notes');
    await api.restore({ backupId: next.id, safetyBackup: false, wait: true });
    assert.equal(await contents(client), now);
    await api.restore({ backupId: first.id, safetyBackup: false, wait: true });
  });
}
