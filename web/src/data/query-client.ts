import { QueryClient } from '@tanstack/react-query';
import { ApiError, whenUnauthorized, type SessionAnswer } from './client.ts';

export const sessionKey = ['session'] as const;

/** The server is not there, or a proxy does not reach it. */
function isAway(error: unknown): boolean {
  return error instanceof ApiError && [0, 502, 504].includes(error.status);
}

function mayPass(error: unknown): boolean {
  return error instanceof ApiError && error.status >= 502;
}

export const queryClient: QueryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      // Until it is back: what was known stays in sight, and the shell says how old it is.
      retry: (failures, error) => isAway(error) || (failures < 2 && mayPass(error)),
      retryDelay: (failures) => Math.min(1_000 * 2 ** failures, 5_000),
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
