import * as fs from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { HoldfastError } from '../../base/errors.ts';
import { isAlive } from '../../postgres/embedded/process.ts';

/** Where `start` keeps its database, in the folder it is run in. */
export const folderName = '.holdfast';

/** What a running `start` leaves for a second one to find. Never the token. */
interface Running {
  pid: number;
  url: string;
}

function stateFile(folder: string): string {
  return path.join(folder, 'running.json');
}

/** Makes the folder, which git and other people's tools leave alone. */
export async function prepareFolder(folder: string): Promise<void> {
  await fs.mkdir(folder, { recursive: true });
  await fs.writeFile(path.join(folder, '.gitignore'), '*\n');
}

/** Makes a folder for copies of the sample's backups. @returns the store in it, as HOLDFAST_COPY_TO names it */
export async function secondPlace(folder: string): Promise<string> {
  const copies = path.join(folder, 'copies');
  await fs.mkdir(copies, { recursive: true });
  return `beside=${pathToFileURL(copies).href}`;
}

async function readRunning(folder: string): Promise<Running | undefined> {
  try {
    const state = JSON.parse(await fs.readFile(stateFile(folder), 'utf8')) as Running;
    return isAlive(state.pid) ? state : undefined;
  } catch {
    return undefined;
  }
}

/** @throws INVALID_CONFIGURATION when a `start` that still answers runs in this folder */
export async function refuseSecondStart(folder: string): Promise<void> {
  const running = await readRunning(folder);
  // After a restart of the machine the pid may belong to another process; then the address does not answer.
  if (!running || !(await answers(running.url))) return;
  throw alreadyRunning(folder, running);
}

/** The error when the embedded server is in use, for a second `start` in the same folder. */
export async function explainRefusal(folder: string, error: unknown): Promise<unknown> {
  const running = await readRunning(folder);
  return running && running.pid !== process.pid ? alreadyRunning(folder, running) : error;
}

function alreadyRunning(folder: string, { pid, url }: Running): HoldfastError {
  return new HoldfastError(
    'INVALID_CONFIGURATION',
    `Holdfast is already running in this folder: process ${pid}, ${url}`,
    {
      hint: `Use that one, or stop it with Ctrl-C. Its data is in ${folder}.`,
    },
  );
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return true;
  } catch {
    return false;
  }
}

export async function announce(folder: string, url: string): Promise<void> {
  await fs.writeFile(stateFile(folder), `${JSON.stringify({ pid: process.pid, url } satisfies Running)}\n`);
}

export async function withdraw(folder: string): Promise<void> {
  await fs.rm(stateFile(folder), { force: true });
}
