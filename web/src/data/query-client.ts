import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError, type SessionAnswer } from './client.ts';

export const sessionKey = ['session'] as const;

/** Who is not an admin any more, in whatever call that shows, signs in again where he was. */
function noticeEnd(error: unknown): void {
  if (!(error instanceof ApiError) || error.code !== 'UNAUTHORIZED') return;
  queryClient.setQueryData<SessionAnswer>(sessionKey, (session) =>
    session?.signedIn ? { ...session, signedIn: false, by: null, csrfToken: null } : session,
  );
}

function mayPass(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status >= 502);
}

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noticeEnd }),
  mutationCache: new MutationCache({
    onError: (error, _variables, _context, mutation) => {
      // A wrong token at the sign-in is not the end of a session.
      if (mutation.options.mutationKey?.[0] !== 'sign-in') noticeEnd(error);
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      retry: (failures, error) => failures < 2 && mayPass(error),
      // Also where the browser takes itself for offline: the server may be on this very machine.
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});
