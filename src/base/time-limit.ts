/** An end to work that may take too long. */
export interface TimeLimit {
  /** Aborted when the time is over, with the reason. */
  signal: AbortSignal;
  /** Forgets it; the work has ended. */
  clear(): void;
}

/** @param reason makes the error that the work ends with */
export function timeLimit(limitMs: number, reason: () => Error): TimeLimit {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(reason()), limitMs);
  return { signal: limit.signal, clear: () => clearTimeout(timer) };
}

/**
 * What work that began already comes to, if it does within the time; it goes on unheard after that.
 * @param late makes the error that its caller gets then
 */
export async function answeredWithin<T>(limitMs: number, late: () => Error, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
