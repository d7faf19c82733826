import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { endWithUs } from './end-with-us.ts';
import { freePort, listening } from './ports.ts';

export interface Azurite {
  /** `http://127.0.0.1:port/account` */
  endpoint: string;
  account: string;
  accountKey: string;
}

let starting: Promise<Azurite> | undefined;
let child: ChildProcess | undefined;
let folder: string | undefined;

after(async () => {
  await starting?.catch(() => {});
  if (child && child.exitCode === null && child.kill('SIGKILL'))
    await new Promise((resolve) => child!.once('exit', resolve));
  if (folder) await fs.rm(folder, { recursive: true, force: true });
});

/** Azurite, the emulator that Microsoft maintains, with its data in memory; one for a test file, ended after it. */
export function sharedAzurite(): Promise<Azurite> {
  starting ??= start();
  return starting;
}

async function start(): Promise<Azurite> {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'holdfast-azurite-'));
  endWithUs(folder);
  const port = await freePort();
  const require = createRequire(import.meta.url);
  const program = path.join(path.dirname(require.resolve('azurite/package.json')), 'dist/src/blob/main.js');
  const account = 'holdfasttest';
  const accountKey = randomBytes(64).toString('base64');
  const options = [
    '--blobPort',
    String(port),
    '--location',
    folder,
    '--silent',
    '--disableTelemetry',
    '--skipApiVersionCheck',
  ];
  child = spawn(process.execPath, [program, ...options], {
    stdio: 'ignore',
    env: { ...process.env, AZURITE_ACCOUNTS: `${account}:${accountKey}` },
  });
  await fs.mkdir(path.join(folder, 'run'));
  await fs.writeFile(path.join(folder, 'run/azurite.pid'), String(child.pid));
  await listening(port);
  return { endpoint: `http://127.0.0.1:${port}/${account}`, account, accountKey };
}
