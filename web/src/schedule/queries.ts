import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { client, type BackupSummary, type RetentionBody, type ScheduleBody } from '../data/client.ts';
import { keys } from '../data/keys.ts';

const shownRuns = 20;

/** The runs of a schedule that is not saved yet; the last answer is shown until the next one arrives. */
export function useRuns(body: ScheduleBody | null) {
  return useQuery({
    queryKey: [...keys.schedulePreview(shownRuns), body],
    queryFn: ({ signal }) => client.previewUnsaved(body ?? {}, shownRuns, { signal }),
    enabled: body !== null,
    placeholderData: keepPreviousData,
  });
}

export function useRetentionPreview(policy: RetentionBody | null) {
  return useQuery({
    queryKey: keys.retention(policy ?? {}),
    queryFn: ({ signal }) => client.previewRetention(policy ?? {}, { signal }),
    enabled: policy !== null,
    placeholderData: keepPreviousData,
  });
}

/** The most backups that the calendar shows. */
const mostBackups = 4_000;
const pageSize = 200;

/** The backups of the calendar, one page after another. */
export function useAllBackups() {
  const list = useInfiniteQuery({
    queryKey: keys.backups({ all: true }),
    queryFn: ({ pageParam, signal }) =>
      client.listBackups(
        { limit: pageSize, ...(pageParam === undefined ? {} : { cursor: pageParam }) },
        { signal },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page, pages) => (pages.length * pageSize < mostBackups ? page.nextCursor : undefined),
  });
  const { hasNextPage, isFetching, isError, fetchNextPage } = list;
  useEffect(() => {
    if (hasNextPage && !isFetching && !isError) void fetchNextPage();
  }, [hasNextPage, isFetching, isError, fetchNextPage]);
  const backups = list.data?.pages.flatMap((page): BackupSummary[] => page.backups) ?? [];
  return {
    backups,
    total: list.data?.pages[0]?.total ?? 0,
    loaded: list.isSuccess && !hasNextPage,
    error: list.error,
    retry: () => void list.refetch(),
  };
}
