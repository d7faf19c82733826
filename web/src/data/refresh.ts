import { useQueryClient } from '@tanstack/react-query';
import { sessionKey } from './query-client.ts';

/** Loads everything that is shown again after a change, except the session. */
export function useRefresh(): () => Promise<void> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionKey[0] });
}
