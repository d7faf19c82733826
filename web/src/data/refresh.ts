import { useQueryClient } from '@tanstack/react-query';
import { sessionKey } from './query-client.ts';

/** Asks again for everything that is shown, after something has been changed. Who one is has not. */
export function useRefresh(): () => Promise<void> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionKey[0] });
}
