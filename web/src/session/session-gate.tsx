/*
 * session/ owns signing in and out, and the session of this tab. It never keeps data of the database after a
 * sign-out.
 */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';
import { client } from '../data/client.ts';
import { sessionKey } from '../data/query-client.ts';
import { ErrorNote } from '../parts/notes.tsx';
import { SignInPage, SignInFrame } from './sign-in-page.tsx';
import { HostSignIn } from './host-sign-in.tsx';
import { Session, tabs, useSessionEnd, type ShownSession } from './session.ts';
import { HeldScopes } from '../parts/allowed.tsx';

interface SessionGateProps {
  /** Shown until it is known who is signed in. */
  loading: ReactNode;
  children: ReactNode;
}

/** Shows the page to an admin, and the sign-in to everyone else. The address stays the same. */
export function SessionGate({ loading, children }: SessionGateProps) {
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
  useSessionEnd(session);

  if (!session) {
    if (!error) return loading;
    return (
      <SignInFrame>
        <ErrorNote error={error} retry={() => void refetch()} />
      </SignInFrame>
    );
  }
  if (session.signedIn) {
    return (
      <Session value={session}>
        <HeldScopes value={session.scopes}>{children}</HeldScopes>
      </Session>
    );
  }
  if (!session.tokenSignIn && session.providerSignIn === null)
    return <HostSignIn retry={() => void refetch()} />;
  return <SignInPage ended={wasSignedIn && !session.left} provider={session.providerSignIn} />;
}
