import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { client, type AuditEntry, type Cleanup, type Drill, type RestoreSummary } from '../data/client.ts';
import { keys } from '../data/keys.ts';
import { useAskEvery } from '../data/live.tsx';
import { isAlive } from '../data/queries.ts';

const pageSize = 50;

function after(cursor: string | undefined): { limit: number; cursor?: string } {
  return { limit: pageSize, ...(cursor === undefined ? {} : { cursor }) };
}

interface Pages {
  data: { pages: readonly unknown[] } | undefined;
  hasNextPage: boolean;
  isFetching: boolean;
  isError: boolean;
  fetchNextPage: () => Promise<unknown>;
}

/** Loads one more page. An event of the server restarts the list and cancels that; then it is loaded again. */
function useOlder({ data, hasNextPage, isFetching, isError, fetchNextPage }: Pages): () => void {
  const [wanted, setWanted] = useState(1);
  const shown = data?.pages.length ?? 0;
  useEffect(() => {
    if (shown > 0 && shown < wanted && hasNextPage && !isFetching && !isError) void fetchNextPage();
  }, [shown, wanted, hasNextPage, isFetching, isError, fetchNextPage]);
  return () => {
    setWanted(shown + 1);
    void fetchNextPage();
  };
}

/** Restores, newest first, loaded page by page. */
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
  const showOlder = useOlder(list);
  return { ...list, showOlder, rows: list.data?.pages.flatMap((page): RestoreSummary[] => page.restores) };
}

/** Drills, newest first. */
export function useDrillHistory() {
  const every = useAskEvery();
  const list = useInfiniteQuery({
    queryKey: [...keys.drills, 'history'],
    queryFn: ({ pageParam, signal }) => client.listDrills(after(pageParam), { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: ({ state: { data } }) =>
      every(data?.pages.some((page) => page.drills.some(isAlive)) === true),
  });
  const showOlder = useOlder(list);
  return { ...list, showOlder, rows: list.data?.pages.flatMap((page): Drill[] => page.drills) };
}

/** Calls of the audit, newest first. */
export function useAuditHistory() {
  const list = useInfiniteQuery({
    queryKey: [...keys.audit, 'history'],
    queryFn: ({ pageParam, signal }) => client.listAudit(after(pageParam), { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor,
  });
  const showOlder = useOlder(list);
  return { ...list, showOlder, rows: list.data?.pages.flatMap((page): AuditEntry[] => page.entries) };
}

/** Only those that were done have one; of a dry run nothing is kept. */
export type DoneCleanup = Cleanup & { id: number };

export function isDone(cleanup: Cleanup): cleanup is DoneCleanup {
  return cleanup.id !== null;
}

/** Cleanups, newest first. */
export function useCleanupHistory() {
  const every = useAskEvery();
  const list = useInfiniteQuery({
    queryKey: [...keys.cleanups, 'history'],
    queryFn: ({ pageParam, signal }) => client.listCleanups(after(pageParam), { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: ({ state: { data } }) =>
      every(data?.pages.some((page) => page.cleanups.some(isAlive)) === true),
  });
  const showOlder = useOlder(list);
  return { ...list, showOlder, rows: list.data?.pages.flatMap((page) => page.cleanups.filter(isDone)) };
}
