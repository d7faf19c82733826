import { useQuery } from '@tanstack/react-query';
import { clientOfAll as client, type DatabasesAnswer } from './client.ts';
import { chosenDatabase } from './place.ts';
import { databasesKey } from './query-client.ts';

const askWhileBusyMs = 5_000;
const askWhileIdleMs = 15_000;

/**
 * Every database. It asks each of them, so it is asked for when the page is loaded, and while it is `watched`.
 */
export function useDatabases({ watched = false }: { watched?: boolean } = {}) {
  return useQuery({
    queryKey: databasesKey,
    queryFn: ({ signal }) => client.listDatabases({ signal }),
    ...(watched
      ? {
          refetchInterval: ({ state: { data } }: { state: { data: DatabasesAnswer | undefined } }) =>
            data?.databases.some(({ running }) => running !== null) ? askWhileBusyMs : askWhileIdleMs,
        }
      : { staleTime: Infinity }),
  });
}

/** Whether there is something to choose or to see: several databases, or some that nothing protects. */
export function isMoreThanOne({ databases, unprotected }: DatabasesAnswer): boolean {
  return databases.length > 1 || unprotected.length > 0;
}

/** What the database of the page is called among several; null where it is the only one. Asks nothing. */
export function useDatabaseName(): string | null {
  const { data } = useQuery<DatabasesAnswer>({ queryKey: databasesKey, enabled: false });
  if (chosenDatabase !== null) return chosenDatabase;
  return data && data.databases.length > 1 ? data.databases[0]!.name : null;
}
