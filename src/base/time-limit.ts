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
