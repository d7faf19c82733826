import { QueryClient } from '@tanstack/react-query';
import { ApiError, whenUnauthorized, type SessionAnswer } from './client.ts';

export const sessionKey = ['session'] as const;
export const databasesKey = ['databases'] as const;

/** Answers about the database of the page, which a change or an event may make old. */
export function isOfDatabase({ queryKey: [name] }: { queryKey: readonly unknown[] }): boolean {
  return name !== sessionKey[0] && name !== databasesKey[0];
}

/** The server cannot be reached, directly or by a proxy. */
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
      // Until it is back, the last answers stay on screen, and the shell says how old they are.
      retry: (failures, error) => isAway(error) || (failures < 2 && mayPass(error)),
      retryDelay: (failures) => Math.min(1_000 * 2 ** failures, 5_000),
      // Also when the browser believes it is offline: the server may run on this machine.
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});

/** When any call is refused as unauthorized, the sign-in is shown at the same address. */
whenUnauthorized(() => {
  queryClient.setQueryData<SessionAnswer>(sessionKey, (session) =>
    session?.signedIn ? { ...session, signedIn: false, by: null, csrfToken: null } : session,
  );
});
