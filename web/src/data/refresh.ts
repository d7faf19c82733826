import { useQueryClient } from '@tanstack/react-query';
import { isOfDatabase } from './query-client.ts';

/** Loads everything that is shown of the database again after a change. */
export function useRefresh(): () => Promise<void> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ predicate: isOfDatabase });
}
