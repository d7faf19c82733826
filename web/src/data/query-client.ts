import { QueryClient } from '@tanstack/react-query';
import { ApiError, whenUnauthorized, type SessionAnswer } from './client.ts';

export const sessionKey = ['session'] as const;

function mayPass(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status >= 502);
}

export const queryClient: QueryClient = new QueryClient({
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

/** Who is not an admin any more, in whatever call that shows, signs in again where he was. */
whenUnauthorized(() => {
  queryClient.setQueryData<SessionAnswer>(sessionKey, (session) =>
    session?.signedIn ? { ...session, signedIn: false, by: null, csrfToken: null } : session,
  );
});
