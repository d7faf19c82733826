import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { client, type BackupCopy, type ListQuery, type StatusAnswer } from './client.ts';
import { keys } from './keys.ts';
import { useAskEvery } from './live.tsx';

/** Whether the run is queued or running. */
export function isAlive(run: { status: string }): boolean {
  return run.status === 'running' || run.status === 'queued';
}

/** Whether a copy of a backup is still to be made. */
function isUnderWay({ state }: BackupCopy): boolean {
  return state === 'due' || state === 'copying';
}

export type ReadyStatus = Extract<StatusAnswer, { initialized: true }>;

export function useStatus() {
  const every = useAskEvery();
  return useQuery({
    queryKey: keys.status,
    queryFn: ({ signal }) => client.status({ signal }),
    refetchInterval: ({ state: { data } }) => every(data?.initialized === true && data.running !== null),
  });
}

export function useBackups(query: ListQuery = {}) {
  const every = useAskEvery();
  return useQuery({
    queryKey: keys.backups(query),
    queryFn: ({ signal }) => client.listBackups(query, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state: { data } }) => every(data?.backups.some(isAlive) === true),
  });
}

export function useBackup(id: number) {
  const every = useAskEvery();
  return useQuery({
    queryKey: keys.backup(id),
    queryFn: ({ signal }) => client.getBackup(id, { signal }),
    // A backup that has ended changes only in its pin and its copies.
    refetchInterval: ({ state: { data } }) =>
      data && (isAlive(data) || data.copies.some(isUnderWay)) ? every(true) : false,
  });
}

/** What looks like damage to the data, settled or not, and what cleanup keeps because of it. */
export function useFindings() {
  const every = useAskEvery();
  return useQuery({
    queryKey: keys.findings,
    queryFn: ({ signal }) => client.listFindings({}, { signal }),
    refetchInterval: () => every(false),
  });
}

/** What is announced now. */
export function useAnnouncements() {
  const every = useAskEvery();
  return useQuery({
    queryKey: keys.announcements,
    queryFn: ({ signal }) => client.listAnnouncements({ signal }),
    refetchInterval: () => every(false),
  });
}

/** Dropping a table sends no event, so this is polled. */
const askForMissingMs = 30_000;

export function useMissingTables() {
  return useQuery({
    queryKey: keys.missingTables,
    queryFn: ({ signal }) => client.missingTables({ signal }),
    refetchInterval: askForMissingMs,
  });
}

export function useSchedule() {
  return useQuery({
    queryKey: keys.schedule,
    queryFn: ({ signal }) => client.getSchedule({ signal }),
  });
}

export function useSchedules() {
  return useQuery({
    queryKey: keys.schedules,
    queryFn: ({ signal }) => client.listSchedules({ signal }),
  });
}

export function useRestores(query: ListQuery = {}) {
  const every = useAskEvery();
  return useQuery({
    queryKey: keys.restores(query),
    queryFn: ({ signal }) => client.listRestores(query, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state: { data } }) => every(data?.restores.some(isAlive) === true),
  });
}

const storesStaleMs = 10_000;

/** Every configured store. Finding out asks each of them, so this is not repeated often. */
export function useStores(enabled = true) {
  return useQuery({
    queryKey: keys.stores,
    queryFn: ({ signal }) => client.listStores({ signal }),
    enabled,
    staleTime: storesStaleMs,
  });
}

export function useCopies(query: ListQuery = {}) {
  const every = useAskEvery();
  return useQuery({
    queryKey: keys.copies(query),
    queryFn: ({ signal }) => client.listCopies(query, { signal }),
    refetchInterval: ({ state: { data } }) => every(data?.copies.some(isAlive) === true),
  });
}

/** The last scrubs, of any store. */
export function useScrubs() {
  const every = useAskEvery();
  return useQuery({
    queryKey: keys.scrubs,
    queryFn: ({ signal }) => client.listScrubs({ limit: 100 }, { signal }),
    refetchInterval: ({ state: { data } }) => every(data?.scrubs.some(isAlive) === true),
    select: ({ scrubs }) => scrubs,
  });
}

/** The last checks, of any store. */
export function useChecks() {
  const every = useAskEvery();
  return useQuery({
    queryKey: keys.checks,
    queryFn: ({ signal }) => client.listChecks({ limit: 50 }, { signal }),
    refetchInterval: ({ state: { data } }) => every(data?.checks.some(isAlive) === true),
    select: ({ checks }) => checks,
  });
}

/** The last imports, of any store. */
export function useImports() {
  const every = useAskEvery();
  return useQuery({
    queryKey: keys.imports,
    queryFn: ({ signal }) => client.listImports({ limit: 50 }, { signal }),
    refetchInterval: ({ state: { data } }) => every(data?.imports.some(isAlive) === true),
    select: ({ imports }) => imports,
  });
}

/** The last drills, of any backup. */
export function useDrills() {
  const every = useAskEvery();
  return useQuery({
    queryKey: keys.drills,
    queryFn: ({ signal }) => client.listDrills({ limit: 200 }, { signal }),
    refetchInterval: ({ state: { data } }) => every(data?.drills.some(isAlive) === true),
  });
}

export function useCopy(id: number) {
  const every = useAskEvery();
  return useQuery({
    queryKey: keys.copy(id),
    queryFn: ({ signal }) => client.getCopy(id, { signal }),
    refetchInterval: ({ state: { data } }) => (data && isAlive(data) ? every(true) : false),
  });
}

const verifyingPollMs = 2_000;

/** Those of a backup among the last verifications. */
export function useVerifications(backupId: number) {
  return useQuery({
    queryKey: keys.verifications,
    queryFn: ({ signal }) => client.listVerifications({ limit: 100 }, { signal }),
    refetchInterval: ({ state: { data } }) => (data?.verifications.some(isAlive) ? verifyingPollMs : false),
    select: ({ verifications }) => verifications.filter((each) => each.backupId === backupId),
  });
}

/** The verifications of a backup that have not ended. */
export function useVerifying(backupId: number) {
  const { data, ...rest } = useVerifications(backupId);
  return { ...rest, data: data?.filter(isAlive) };
}

export function useRestore(id: number) {
  const every = useAskEvery();
  return useQuery({
    queryKey: keys.restore(id),
    queryFn: ({ signal }) => client.getRestore(id, { signal }),
    refetchInterval: ({ state: { data } }) => (data && isAlive(data) ? every(true) : false),
  });
}
