/*
 * start/ owns `holdfast start`: the embedded server, the sample database, the welcome. It never is needed by any
 * other command.
 */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { BackupSummary, BackupSystem } from '../../api/contract.ts';
import { HoldfastError } from '../../base/errors.ts';
import { countedTables } from '../../base/words.ts';
import { redact } from '../../base/redaction.ts';
import { chosenOptions } from '../../databases/named.ts';
import { createBackupSystem } from '../../index.ts';
import { requireDatabase } from '../../environment.ts';
import { parseOptions, type ConfigOptions, type Options } from '../../options.ts';
import { thisCommand } from '../command-name.ts';
import { followCopies } from '../copies.ts';
import { follow } from '../follow.ts';
import { serveOver } from '../http-server.ts';
import type { Invocation } from '../invocation.ts';
import { lastFullBackup } from '../last-backup.ts';
import { firstFreePort } from '../ports.ts';
import { givenTo, logsAnyway } from '../system.ts';
import { onInterrupt } from '../terminal/interrupt.ts';
import { asHoldfastError, printDocument, printLine, remark } from '../terminal/output.ts';
import { counted } from '../../base/units.ts';

import { announce, folderName, prepareFolder, refuseSecondStart, secondPlace, withdraw } from './folder.ts';
import { openSampleDatabase } from './sample-database.ts';
import { welcomeText } from './welcome.ts';

const host = '127.0.0.1';
const firstPort = 4650;

/** What has to be undone at the end, last thing first. */
type Undo = () => Promise<void>;

/**
 * Everything for a first look: a database (the one named, or one of our own with a sample shop), our tables, a
 * first backup and the API. Runs until it is told to stop.
 */
export async function start(invocation: Invocation, { port }: { port?: number }): Promise<void> {
  const undo: Undo[] = [];
  const interrupted = Promise.withResolvers<void>();
  let stopping = false;
  const forget = onInterrupt(() => {
    stopping = true;
    interrupted.resolve();
    remark(invocation, '\nStopping.');
  });
  const step = (text: string): void => {
    if (stopping) throw new HoldfastError('CANCELLED', 'Stopped before it was ready.', { hint: '' });
    remark(invocation, `${text} …`);
  };
  try {
    await open(invocation, { port, step, undo });
    await interrupted.promise;
  } finally {
    for (const each of undo.toReversed()) await each();
    forget();
  }
}

interface Opening {
  port: number | undefined;
  step(text: string): void;
  undo: Undo[];
}

async function open(invocation: Invocation, { port, step, undo }: Opening): Promise<void> {
  const given = await givenTo(invocation);
  const own = (given.database ?? given.databases ?? given.enrol?.server) !== undefined;
  let wanted = given;
  const folder = path.resolve(folderName);
  if (!own) {
    await refuseSecondStart(folder);
    await prepareFolder(folder);
    const sample = await openSampleDatabase(folder, step);
    undo.push(() => sample.server.stop());
    wanted = await withSample(given, sample.connectionString, folder);
    if (sample.loaded) {
      const { tables, partitions, rows } = sample.loaded;
      remark(invocation, `  ${countedTables(tables, partitions)}, ${counted(rows, 'row')}`);
    }
  }
  const { options, token } = withToken(requireDatabase(wanted));
  const { basePath, stores } = parseOptions(chosenOptions(options));
  const system = createBackupSystem(options);
  undo.push(() => system.stop());

  const before = await system.api.planInit();
  if (!before.initialized) {
    step(`Creating Holdfast's own tables in database ${before.database.name}: ${before.tables.join(', ')}`);
  }
  await system.api.init();
  await initializeOthers(system, step);
  const backup = await firstBackup(system, invocation, step);
  const copied = backup === null ? [] : await copiesOf(system, invocation, backup, step);
  const copies = stores.stores
    .filter(({ name }) => copied.includes(name))
    .map(({ address }) => address.address);

  const served = await serveOver(system, port ?? (await firstFreePort(firstPort, host)), host);
  undo.push(() => served.stop());
  const url = served.origin + basePath;
  if (!own) {
    await announce(folder, url);
    undo.push(() => withdraw(folder));
  }
  const status = await system.api.status();
  const connectionString = described(options);
  if (invocation.json) {
    printDocument({
      url,
      page: `${url}/ui/`,
      openapi: `${url}/openapi.json`,
      token,
      database: connectionString,
      backup,
      copies,
    });
    return;
  }
  printLine(
    welcomeText({
      url,
      token,
      connectionString,
      sample: !own,
      serverVersion: status.initialized ? status.database.serverVersion : '',
      backup,
      copies,
      command: thisCommand(),
    }),
  );
}

/** The options for the sample: a column to try restores of one customer with, and a second place unless one is named. */
async function withSample(given: ConfigOptions, database: string, folder: string): Promise<ConfigOptions> {
  const isPlaced = given.store !== undefined || given.copyTo !== undefined;
  return {
    ...given,
    database,
    tenants: { column: 'customer_id', ...given.tenants },
    ...(isPlaced ? {} : { copyTo: await secondPlace(folder) }),
  };
}

/** Copies what is not copied yet; one that fails is said, and is made later. @returns the stores that it is in besides */
async function copiesOf(
  { api }: BackupSystem,
  invocation: Invocation,
  { id }: BackupSummary,
  step: (text: string) => void,
): Promise<string[]> {
  const backup = await api.getBackup(id);
  const due = backup.copies.filter(({ state }) => state !== 'copied');
  if (due.length > 0) {
    step(`Copying it to ${due.map(({ store }) => store).join(', ')}`);
    await followCopies(invocation, api, { ...backup, copies: due }).catch((error: unknown) => {
      const failure = asHoldfastError(error);
      if (failure.code === 'CANCELLED') throw failure;
      process.stderr.write(`warn: ${redact(failure.message)}\n`);
    });
  }
  const { copies } = await api.getBackup(id);
  return copies.filter(({ state }) => state === 'copied').map(({ store }) => store);
}

/** Without HOLDFAST_TOKEN one is made up; it is held in memory and shown once. */
function withToken(options: Options): { options: Options; token: string | null } {
  // Nobody reads a log while trying something; what goes wrong must still be seen.
  const quieter = logsAnyway() ? options : { ...options, logger: warningsOnly };
  if (options.auth.token !== undefined) return { options: quieter, token: null };
  const token = `hf_${randomBytes(18).toString('base64url')}`;
  return { options: { ...quieter, auth: { ...options.auth, token } }, token };
}

const warningsOnly: NonNullable<Options['logger']> = {
  log(level, message) {
    if (level === 'warn' || level === 'error') process.stderr.write(`${level}: ${redact(message)}\n`);
  },
};

/** For people and the sample's shell lines: DATABASE_URL as it is, or where else the connection goes. */
function described({ database, databases }: Options): string {
  if (typeof database === 'string') return database;
  const [first] = Object.values(databases ?? {});
  if (typeof first === 'string') return first;
  const target = database ?? first?.url ?? {};
  if (typeof target === 'string') return target;
  const { host: server = 'localhost', port = 5432, user = '', database: name = '' } = target;
  return `postgres://${user}@${server}:${port}/${name}`;
}

/** Of several databases, all but the first. */
async function initializeOthers(system: BackupSystem, step: (text: string) => void): Promise<void> {
  const { databases } = await system.api.listDatabases();
  for (const { name, state } of databases) {
    if (state !== 'not-initialized') continue;
    step(`Creating Holdfast's own tables for ${name}`);
    await (await system.database(name)).api.init();
  }
}

/** The newest complete backup of everything; the first one is taken here when there is none. */
async function firstBackup(
  system: BackupSystem,
  invocation: Invocation,
  step: (text: string) => void,
): Promise<BackupSummary | null> {
  const { api } = system;
  const last = await lastFullBackup(api);
  if (last !== null) return last;
  step('Taking a first backup');
  return await follow(invocation, {
    noun: 'Backup',
    start: () => api.createBackup({ description: 'The first backup, taken by start' }),
    wait: (id, onProgress) => api.waitForBackup(id, { onProgress }),
    cancel: (id) => api.cancelBackup(id),
    afterCancel: 'A backup only reads: nothing in your tables changed.',
  });
}
