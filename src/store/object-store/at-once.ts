/** Does work when there is room for it. */
export type Lane = <T>(work: () => Promise<T>) => Promise<T>;

/** At most `limit` works at once; the others wait in their order. */
export function atOnce(limit: number): Lane {
  let free = limit;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => void waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}

export interface Outcome<Item> {
  done: Item[];
  /** The first error of the others. */
  failure?: { error: unknown };
}

/** Does `work` with each. Everything has ended when this resolves, also where something failed. */
export async function tryEach<Item>(
  lane: Lane,
  items: readonly Item[],
  work: (item: Item) => Promise<unknown>,
): Promise<Outcome<Item>> {
  const settled = await Promise.allSettled(items.map((item) => lane(() => work(item))));
  const failed = settled.find((each) => each.status === 'rejected');
  return {
    done: items.filter((_, i) => settled[i]!.status === 'fulfilled'),
    ...(failed ? { failure: { error: failed.reason as unknown } } : {}),
  };
}

/** Works that are started one after another, of which at most `limit` are under way. */
export interface Queue {
  /** Waits until there is room. @throws the first error of the works before */
  start(work: () => Promise<unknown>): Promise<void>;
  /** Waits for all. @throws the first error of them */
  end(): Promise<void>;
}

export function queueOf(limit: number): Queue {
  const running = new Set<Promise<void>>();
  let failure: { error: unknown } | undefined;
  const run = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      failure ??= { error };
    }
  };
  return {
    async start(work) {
      while (running.size >= limit) await Promise.race(running);
      if (failure) throw failure.error;
      const under = run(work).finally(() => running.delete(under));
      running.add(under);
    },
    async end() {
      await Promise.all(running);
      if (failure) throw failure.error;
    },
  };
}
