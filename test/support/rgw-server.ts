import { execFile, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { endWithUs } from './end-with-us.ts';
import { freePort, listening } from './ports.ts';

const run = promisify(execFile);

const programs = ['radosgw', 'radosgw-admin', 'ceph', 'ceph-mon', 'ceph-osd', 'ceph-authtool', 'monmaptool'];
const missing = programs.filter((name) => spawnSync('which', [name]).status !== 0);

/** For `test(…, { skip })`: why the tests with a real S3 server cannot run here, or false. */
export const withoutRgw: string | false =
  missing.length > 0 &&
  `${missing.join(', ')} not installed (apt-get install radosgw ceph-mon ceph-osd ceph-common): S3 is NOT TESTED here`;

export interface Rgw {
  endpoint: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** A user whose key may do nothing with the buckets of the first. */
  other: { accessKeyId: string; secretAccessKey: string };
  /** Runs `radosgw-admin`. */
  admin(...args: string[]): Promise<string>;
  stop(): Promise<void>;
}

/** The Ceph RADOS Gateway on loopback with its data in memory, of at most `memoryBytes`. */
export async function startRgw(memoryBytes = 4 * 1024 ** 3): Promise<Rgw> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'holdfast-rgw-'));
  endWithUs(folder);
  const inside = (...names: string[]): string => path.join(folder, ...names);
  for (const name of ['mon', 'osd', 'rgw', 'run', 'mgr']) await fs.mkdir(inside(name));
  const [monitorPort, port] = [await freePort(), await freePort()];
  const monitor = `v1:127.0.0.1:${monitorPort}`;
  await fs.writeFile(
    inside('ceph.conf'),
    `[global]
fsid = ${randomUUID()}
mon host = [${monitor}]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
keyring = ${inside('keyring')}
run dir = ${inside('run')}
pid file = ${inside('run')}/$name.pid
admin socket = ${inside('run')}/$name.asok
log file = ${inside('run')}/$name.log
mon data = ${inside('mon')}
osd data = ${inside('osd')}
mgr data = ${inside('mgr')}
osd objectstore = memstore
memstore device bytes = ${memoryBytes}
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon warn on pool no redundancy = false
mon data avail crit = 1
auth allow insecure global id reclaim = false
[client.rgw]
rgw data = ${inside('rgw')}
rgw frontends = beast endpoint=127.0.0.1:${port}
`,
  );
  const conf = ['-c', inside('ceph.conf')];
  const ceph = async (program: string, ...args: string[]): Promise<string> => {
    // A monitor that has not started is asked for ever otherwise.
    const { stdout } = await run(program, [...args, ...conf], { timeout: 60_000 });
    return stdout;
  };
  const keyring = inside('keyring');
  const caps: Record<string, string[]> = {
    'mon.': ['mon', 'allow *'],
    'client.admin': ['mon', 'allow *', 'osd', 'allow *', 'mgr', 'allow *'],
    'client.rgw': ['mon', 'allow *', 'osd', 'allow *', 'mgr', 'allow *'],
    'osd.0': ['mon', 'allow profile osd', 'osd', 'allow *', 'mgr', 'allow profile osd'],
  };
  for (const [index, [name, allowed]] of Object.entries(caps).entries()) {
    const pairs = Array.from({ length: allowed.length / 2 }, (_, i) => [
      '--cap',
      ...allowed.slice(2 * i, 2 * i + 2),
    ]);
    const create = index === 0 ? ['--create-keyring'] : [];
    await run('ceph-authtool', [...create, keyring, '--gen-key', '-n', name, ...pairs.flat()]);
  }
  const fsid = /^fsid = (.*)$/m.exec(await fs.readFile(inside('ceph.conf'), 'utf8'))![1]!;
  await run('monmaptool', ['--create', '--addv', 'a', `[${monitor}]`, '--fsid', fsid, inside('monmap')]);
  await ceph('ceph-mon', '--mkfs', '-i', 'a', '--monmap', inside('monmap'), '--keyring', keyring);
  await ceph('ceph-mon', '-i', 'a');
  const osd = randomUUID();
  await ceph('ceph', 'osd', 'new', osd);
  await ceph('ceph', 'auth', 'import', '-i', keyring);
  await ceph('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', osd);
  await ceph('ceph-osd', '-i', '0');
  const gateway = spawn('radosgw', ['-n', 'client.rgw', '-f', ...conf], { stdio: 'ignore' });
  gateway.unref();
  await fs.writeFile(inside('run', 'gateway.pid'), String(gateway.pid));
  const admin = (...args: string[]): Promise<string> => ceph('radosgw-admin', ...args);
  const user = async (name: string): Promise<{ accessKeyId: string; secretAccessKey: string }> => {
    const keys = { accessKeyId: `ACCESS${name}`, secretAccessKey: `secret-of-${name}-${randomUUID()}` };
    await admin(
      'user',
      'create',
      '--uid',
      name,
      '--display-name',
      name,
      '--access-key',
      keys.accessKeyId,
      '--secret',
      keys.secretAccessKey,
    );
    return keys;
  };
  const owner = await user('owner');
  const other = await user('other');
  await listening(port, 60_000);
  return { endpoint: `http://127.0.0.1:${port}`, ...owner, other, admin, stop: () => stop(folder) };
}

async function stop(folder: string): Promise<void> {
  for (const name of await fs.readdir(path.join(folder, 'run')).catch(() => [])) {
    if (!name.endsWith('.pid')) continue;
    const pid = Number(await fs.readFile(path.join(folder, 'run', name), 'utf8'));
    if (pid > 1) process.kill(pid, 'SIGKILL');
  }
  await fs.rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
