import { useSyncExternalStore } from 'react';

/** Whether the server answers, as the page's calls have found it. */
export interface Connection {
  lost: boolean;
  /** When it last answered; null when it never has. */
  lastAnswerAt: number | null;
}

let state: Connection = { lost: false, lastAnswerAt: null };
const listeners = new Set<() => void>();

function set(next: Connection): void {
  const changed = next.lost !== state.lost;
  state = next;
  // When it last answered is of interest only when it does not any more.
  if (changed) for (const listener of listeners) listener();
}

/** A proxy says these when what is behind it is away. */
const awayStatuses = new Set([502, 504]);

/** What each call of the page goes through. */
export async function watchedFetch(input: string, init: RequestInit): Promise<Response> {
  try {
    const response = await fetch(input, init);
    if (awayStatuses.has(response.status)) set({ ...state, lost: true });
    else set({ lost: false, lastAnswerAt: Date.now() });
    return response;
  } catch (error) {
    // What the page itself has ended says nothing about the server.
    if (init.signal?.aborted !== true) set({ ...state, lost: true });
    throw error;
  }
}

export function useConnection(): Connection {
  return useSyncExternalStore(subscribe, () => state);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
