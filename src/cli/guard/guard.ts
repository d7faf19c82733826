/*
 * guard/ owns running a command between a point and a look at what has changed since. It never changes anything in the database
 * itself, and never keeps a connection open while the command runs.
 */
import path from 'node:path';
import type { BackupApi, Point, RestoreOutlook } from '../../api/contract.ts';
import { runnable } from '../command-name.ts';
import type { GuardOptions } from '../commands/guard.ts';
import { follow } from '../follow.ts';
import type { Answer, Invocation } from '../invocation.ts';
import { withApi } from '../system.ts';
import { asHoldfastError } from '../terminal/output.ts';
import { onStderr } from '../terminal/style.ts';
import { printable } from '../terminal/text.ts';
import { changesBetween, describeChanges, planOf } from './changes.ts';
import { runCommand, type CommandEnd } from './run-command.ts';
import { wayBack } from './way-back.ts';

/** Takes a point, runs the command whatever it does, and says what has changed. The exit code is that of the command. */
export async function guard(
  invocation: Invocation,
  command: readonly string[],
  options: GuardOptions,
): Promise<Answer> {
  const name = printable(command[0]!);
  const { point, ...seen } = await withApi(invocation, async (api) => {
    const taken = await takePoint(api, invocation, command, options);
    return { point: taken, ...(await lookAt(api, taken.id)) };
  });
  const before = seen.plan;
  // Before the command: whatever becomes of this process, these lines are there.
  say(`${onStderr.green('✓')} Backup ${point.id} is the point to go back to.`);
  for (const { code, message } of before.refusals) {
    say(`${onStderr.yellow('Note:')} in place it could not be restored now (${code}): ${printable(message)}`);
  }
  say(`  To go back: ${runnable(seen.back)}`);
  const end = await runCommand(command, { stdoutToStderr: invocation.json });
  if (end.problem !== undefined) say(`${onStderr.red('✗')} ${name} could not be started: ${end.problem}.`);
  else say(`${end.exitCode === 0 ? onStderr.green('✓') : onStderr.red('✗')} ${name} ${endWords(end)}.`);
  const after = end.started ? await look(invocation, point, end) : seen;
  const changes = after && changesBetween(before, after.plan);
  const back = after?.back ?? seen.back;
  if (changes && end.started) {
    say(describeChanges(changes));
    say(`To go back: ${onStderr.bold(runnable(back))}`);
  }
  return {
    document: {
      success: end.exitCode === 0,
      point,
      started: end.started,
      exitCode: end.exitCode,
      signal: end.signal,
      changes: changes ?? null,
      back,
    },
    text: '',
    exitCode: end.exitCode,
  };
}

/** What a restore of the point would do, and the command that goes back. */
interface Look {
  plan: RestoreOutlook;
  back: string;
}

async function lookAt(api: BackupApi, pointId: number): Promise<Look> {
  const plan = await planOf(api, pointId);
  return { plan, back: await wayBack(api, pointId, plan) };
}

/** Its arguments may hold secrets, so the description has the name of the command alone. */
async function takePoint(
  api: BackupApi,
  invocation: Invocation,
  command: readonly string[],
  { tables = [], description }: GuardOptions,
): Promise<Point> {
  const note = description ?? `Before ${path.basename(command[0]!)} (guard)`;
  const backup = await follow<Pick<Point, 'id' | 'uuid' | 'status' | 'createdAt' | 'finishedAt'>>(
    invocation,
    {
      noun: 'Backup',
      start: () => api.createPoint({ tables, description: note }),
      wait: (id, onProgress) => api.waitForBackup(id, { onProgress }),
      cancel: (id) => api.cancelBackup(id),
      afterCancel: `${command[0]} was not run. A backup only reads: nothing in your tables changed.`,
    },
  );
  const { id, uuid, status, createdAt, finishedAt } = backup;
  return { id, uuid, status, createdAt, finishedAt, error: null };
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The command has ended, and what it ended with counts: when the look fails, that is said and changes nothing of it. */
async function look(
  invocation: Invocation,
  point: Point,
  { exitCode }: CommandEnd,
): Promise<Look | undefined> {
  const leave = (): void => {
    say(`What has changed was not looked at. The point is backup ${point.id}.`);
    process.exit(exitCode);
  };
  for (const signal of signals) process.on(signal, leave);
  try {
    return await withApi(invocation, (api) => lookAt(api, point.id));
  } catch (error) {
    const { code, message } = asHoldfastError(error);
    say(
      `${onStderr.red('✗')} What has changed could not be looked at (${code}): ${printable(message)} The point is backup ${point.id}.`,
    );
    return undefined;
  } finally {
    for (const signal of signals) process.off(signal, leave);
  }
}

function endWords({ exitCode, signal }: CommandEnd): string {
  return signal === null ? `ended with exit code ${exitCode}` : `was ended by ${signal}`;
}

/** On stderr: stdout is that of the command. */
function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
