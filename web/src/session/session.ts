/** The session of this tab: who is signed in, and what changes it. */
import { useQueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect } from 'react';
import type { SessionAnswer } from '../data/client.ts';
import { sessionKey } from '../data/query-client.ts';

export const Session = createContext<SessionAnswer | null>(null);

/** Who is signed in, and how. Only inside SessionGate. */
export function useSession(): SessionAnswer {
  const session = useContext(Session);
  if (session === null) throw new Error('useSession belongs inside SessionGate');
  return session;
}

/** Other tabs of this browser share the cookie; a message tells them when it is set or removed. */
export const tabs = new BroadcastChannel('holdfast-session');

/** `left`: it was ended in this tab, by signing out. */
export type ShownSession = SessionAnswer & { left?: true };

/** To be called after signing in or out in this tab. */
export function useSessionChange(): (session: ShownSession) => void {
  const queries = useQueryClient();
  return (session) => {
    queries.setQueryData(sessionKey, session);
    // What an admin has seen is not kept.
    if (!session.signedIn)
      queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionKey[0] });
    tabs.postMessage('changed');
  };
}

/** Asks again when the session expires, so that nobody types into a page after the session has ended. */
export function useSessionEnd(session: SessionAnswer | undefined): void {
  const queries = useQueryClient();
  const expiresAt = session?.expiresAt ?? null;
  useEffect(() => {
    if (expiresAt === null) return undefined;
    const left = new Date(expiresAt).getTime() - Date.now() + 500;
    // The longest that a timer takes is 24 days.
    const timer = setTimeout(
      () => void queries.invalidateQueries({ queryKey: sessionKey }),
      Math.min(Math.max(left, 0), 2_000_000_000),
    );
    return () => clearTimeout(timer);
  }, [queries, expiresAt]);
}
