import { useInfiniteQuery } from '@tanstack/react-query';
import { client, type BackupSummary } from '../data/client.ts';
import { keys } from '../data/keys.ts';

const pageSize = 10;

/** One of roles and tablespaces has none. */
const hasTables = ({ type }: BackupSummary): boolean => type !== 'globals';

/** Completed backups with tables, damaged ones included, newest first, loaded page by page. */
export function useCompletedBackups() {
  const list = useInfiniteQuery({
    queryKey: keys.backups({ status: 'completed', pages: pageSize }),
    queryFn: ({ pageParam, signal }) =>
      client.listBackups(
        { status: 'completed', limit: pageSize, ...(pageParam === undefined ? {} : { cursor: pageParam }) },
        { signal },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor,
  });
  return {
    backups: list.data?.pages.flatMap((page) => page.backups).filter(hasTables) ?? [],
    loaded: list.isSuccess,
    error: list.error,
    retry: () => void list.refetch(),
    showOlder: list.hasNextPage ? () => void list.fetchNextPage() : undefined,
    loadingOlder: list.isFetchingNextPage,
  };
}
