import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useState, type ReactNode } from 'react';
import { client, type SessionAnswer } from '../data/client.ts';
import { sessionKey } from '../data/query-client.ts';
import { ErrorNote } from '../parts/notes.tsx';
import { SignInPage, SignInFrame } from './sign-in-page.tsx';
import { ShellSkeleton } from '../shell/shell-skeleton.tsx';
import { HostSignIn } from './host-sign-in.tsx';

const Session = createContext<SessionAnswer | null>(null);

/** Who is signed in, and how. */
export function useSession(): SessionAnswer {
  const session = useContext(Session);
  if (session === null) throw new Error('useSession belongs inside SessionGate');
  return session;
}

/** Other tabs of this browser have the same cookie; they learn at once when it comes or goes. */
const tabs = new BroadcastChannel('holdfast-session');

/** What is known of the session; `left` when it was ended here, by hand. */
export type ShownSession = SessionAnswer & { left?: true };

/** What signing in or out in this tab changes. */
export function useSessionChange(): (session: ShownSession) => void {
  const queries = useQueryClient();
  return (session) => {
    queries.setQueryData(sessionKey, session);
    // Nothing that an admin saw stays behind.
    if (!session.signedIn)
      queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionKey[0] });
    tabs.postMessage('changed');
  };
}

/** Shows the page to an admin, and to nobody else the way to become one. The address stays, and with it the place. */
export function SessionGate({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const {
    data: session,
    error,
    refetch,
  } = useQuery<ShownSession>({
    queryKey: sessionKey,
    queryFn: ({ signal }) => client.session({ signal }),
    staleTime: Infinity,
    refetchOnWindowFocus: 'always',
  });
  const [wasSignedIn, setWasSignedIn] = useState(false);
  if (session?.signedIn === true && !wasSignedIn) setWasSignedIn(true);

  useEffect(() => {
    const onMessage = (): void => void queries.invalidateQueries({ queryKey: sessionKey });
    tabs.addEventListener('message', onMessage);
    return () => tabs.removeEventListener('message', onMessage);
  }, [queries]);
  useEndOf(session);

  if (!session) {
    if (!error) return <ShellSkeleton />;
    return (
      <SignInFrame>
        <ErrorNote error={error} retry={() => void refetch()} />
      </SignInFrame>
    );
  }
  if (session.signedIn) return <Session value={session}>{children}</Session>;
  if (!session.tokenSignIn) return <HostSignIn retry={() => void refetch()} />;
  return <SignInPage ended={wasSignedIn && !session.left} />;
}

/** Asks again when the session is about to be over, so that nobody types into a page that is not his any more. */
function useEndOf(session: SessionAnswer | undefined): void {
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
