import { useSyncExternalStore } from 'react';

/** Whether the server answers, as seen by the calls of the page. */
export interface Connection {
  lost: boolean;
  /** When it last answered; null before the first answer. */
  lastAnswerAt: number | null;
}

let state: Connection = { lost: false, lastAnswerAt: null };
const listeners = new Set<() => void>();

function set(next: Connection): void {
  const changed = next.lost !== state.lost;
  state = next;
  // The time of the last answer matters only when the server stops answering.
  if (changed) for (const listener of listeners) listener();
}

/** Answers of a proxy whose server is away. */
const awayStatuses = new Set([502, 504]);

/** `fetch` for all calls of the page; notes whether the server answers. */
export async function watchedFetch(input: string, init: RequestInit): Promise<Response> {
  try {
    const response = await fetch(input, init);
    if (awayStatuses.has(response.status)) set({ ...state, lost: true });
    else set({ lost: false, lastAnswerAt: Date.now() });
    return response;
  } catch (error) {
    // A call that the page cancelled says nothing about the server.
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
