import type { Session } from '../../postgres/wire/session.ts';
import type { SharedLead } from '../sharing/lead.ts';
import { sqlState } from '../../postgres/failure.ts';

/** A unit of work that waits for others and may need tables for itself while it runs. */
export interface Task {
  run(session: Session): Promise<void>;
  /** Heavier tasks start first. */
  weight: number;
  /** How many tasks must end before this one may start. */
  waitsFor: number;
  followers: Task[];
  /** Tables it uses in a way that others may share. */
  shares: Set<number>;
  /** Tables it needs for itself. */
  owns: Set<number>;
  /** Where another process can do it: what that is told, and what becomes of its report. */
  given?: { piece: unknown; done(report: unknown): void };
  /** Whether it may be run again after the server chose it as a deadlock's victim. */
  retryable: boolean;
}

export function newTask(weight: number): Task {
  return {
    run: async () => {},
    weight,
    waitsFor: 0,
    followers: [],
    shares: new Set(),
    owns: new Set(),
    retryable: false,
  };
}

export function addDependency(task: Task, before: Task): void {
  task.waitsFor++;
  before.followers.push(task);
}

const deadlockDetected = '40P01';
const deadlockTries = 5;

/**
 * Runs a graph of tasks on these connections, each as soon as what it waits for is done and the tables are free.
 * @param fail called with the first error, so that the other connections can be stopped
 * @param others to whom tasks can be given, and what ends the waiting for them
 * @throws the first error, after every connection is idle
 */
export async function runTasks(
  tasks: readonly Task[],
  sessions: readonly Session[],
  fail: (error: unknown) => void,
  others?: { lead: SharedLead; signal: AbortSignal },
): Promise<void> {
  const ready = tasks.filter((task) => task.waitsFor === 0).toSorted((a, b) => a.weight - b.weight);
  const shared = new Map<number, number>();
  const owned = new Set<number>();
  let left = tasks.length;
  let failure: { error: unknown } | undefined;
  let wake: (() => void)[] = [];

  const isFree = (task: Task): boolean => {
    for (const table of task.owns) if (owned.has(table) || shared.has(table)) return false;
    for (const table of task.shares) if (owned.has(table)) return false;
    return true;
  };
  const take = (toGive = false): Task | undefined => {
    for (let i = ready.length - 1; i >= 0; i--) {
      const task = ready[i] as Task;
      if (!isFree(task) || (toGive && !task.given)) continue;
      ready.splice(i, 1);
      for (const table of task.owns) owned.add(table);
      for (const table of task.shares) shared.set(table, (shared.get(table) ?? 0) + 1);
      return task;
    }
    return undefined;
  };
  const release = (task: Task): void => {
    for (const table of task.owns) owned.delete(table);
    for (const table of task.shares) {
      const count = (shared.get(table) ?? 1) - 1;
      if (count === 0) shared.delete(table);
      else shared.set(table, count);
    }
  };
  const insert = (task: Task): void => {
    let low = 0;
    let high = ready.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ready[middle] as Task).weight < task.weight) low = middle + 1;
      else high = middle;
    }
    ready.splice(low, 0, task);
  };
  const wakeAll = (): void => {
    const sleepers = wake;
    wake = [];
    for (const sleeper of sleepers) sleeper();
  };

  const finish = (task: Task): void => {
    release(task);
    left--;
    for (const follower of task.followers) if (--follower.waitsFor === 0) insert(follower);
    wakeAll();
  };
  const failed = (error: unknown): void => {
    failure ??= { error };
    fail(error);
    wakeAll();
  };

  async function work(session: Session): Promise<void> {
    while (left > 0 && !failure) {
      const task = take();
      if (!task) {
        await new Promise<void>((resolve) => wake.push(resolve));
        continue;
      }
      try {
        await runTask(task, session);
      } catch (error) {
        return failed(error);
      }
      finish(task);
    }
  }

  async function giveAll({ lead, signal }: NonNullable<typeof others>): Promise<void> {
    while (left > 0 && !failure) {
      // Our own connections may have nothing to do, and so notice nothing.
      if (signal.aborted) return failed(signal.reason);
      while (lead.wanted > 0) {
        const task = take(true);
        if (!task) break;
        void give(lead, task);
      }
      // Connections that have nothing to do take back what nobody has begun.
      if (wake.length > 0 && lead.out > 0) lead.takeBack();
      await Promise.race([lead.changed(), new Promise<void>((resolve) => ended.push(resolve))]);
    }
  }

  async function give(lead: SharedLead, task: Task): Promise<void> {
    const given = task.given!;
    const back = await lead.give(given.piece);
    if (!back) {
      delete task.given;
      release(task);
      insert(task);
      return wakeAll();
    }
    try {
      given.done(back.reported);
    } catch (error) {
      return failed(error);
    }
    finish(task);
  }

  const ended: (() => void)[] = [];
  const giving = others ? giveAll(others) : Promise.resolve();
  await Promise.all(sessions.map(work));
  for (const end of ended) end();
  await giving;
  if (failure) throw failure.error;
}

async function runTask(task: Task, session: Session): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await task.run(session);
      return;
    } catch (error) {
      if (!task.retryable || attempt === deadlockTries || sqlState(error) !== deadlockDetected) throw error;
    }
  }
}
