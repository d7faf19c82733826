import { useInfiniteQuery } from '@tanstack/react-query';
import { client, type RestoreSummary } from '../data/client.ts';
import { keys } from '../data/keys.ts';
import { useAskEvery } from '../data/live.tsx';
import { isAlive } from '../data/queries.ts';
import { listCleanups, type CleanupRecord } from './cleanups.ts';

const pageSize = 50;

function after(cursor: string | undefined): { limit: number; cursor?: string } {
  return { limit: pageSize, ...(cursor === undefined ? {} : { cursor }) };
}

/** Restores, newest first, a page more whenever somebody asks for it. */
export function useRestoreHistory() {
  const every = useAskEvery();
  const list = useInfiniteQuery({
    queryKey: keys.restores({ history: true }),
    queryFn: ({ pageParam, signal }) => client.listRestores(after(pageParam), { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: ({ state: { data } }) =>
      every(data?.pages.some((page) => page.restores.some(isAlive)) === true),
  });
  return { ...list, rows: list.data?.pages.flatMap((page): RestoreSummary[] => page.restores) };
}

/** Clean-ups, newest first. */
export function useCleanupHistory() {
  const list = useInfiniteQuery({
    queryKey: [...keys.cleanups, 'history'],
    queryFn: ({ pageParam, signal }) => listCleanups(after(pageParam), { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor,
  });
  return { ...list, rows: list.data?.pages.flatMap((page): CleanupRecord[] => page.cleanups) };
}
