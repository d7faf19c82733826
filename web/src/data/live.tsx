import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useState, type ReactNode } from 'react';
import {
  client,
  type BackupDetail,
  type BackupPage,
  type CheckPage,
  type Copy,
  type CopyPage,
  type ImportPage,
  type Progress,
  type RestoreDetail,
  type ScrubPage,
  type StatusAnswer,
  type VerificationPage,
} from './client.ts';
import { keys } from './keys.ts';
import { isOfDatabase } from './query-client.ts';

/** Whether events arrive; while they do not, the page polls. */
const Live = createContext(false);

/** How often to poll while a run is active and while none is, in milliseconds. */
const askWhileBusyMs = 1_000;
const askWhileIdleMs = 15_000;
/** Also while events arrive, because one may have been lost. */
const askAnywayMs = 60_000;
const gatherMs = 150;
/** A hidden page closes its connection: a browser allows six per server for all tabs. */
const hiddenPatienceMs = 20_000;

export function LiveProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const [connected, setConnected] = useState(false);
  const visible = useVisible();
  // Before our tables exist there are no events; the set-up asks for the status itself.
  const { data: status } = useQuery<StatusAnswer>({ queryKey: keys.status, enabled: false });
  const initialized = status?.initialized === true;
  useEffect(() => {
    if (!visible || !initialized) return undefined;
    const ending = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    // Events arrive in groups: reload once for all of them.
    const askAgain = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined;
        void queries.invalidateQueries({ predicate: isOfDatabase });
      }, gatherMs);
    };
    void client.events(
      {
        onEvent(event) {
          if (event.type === 'progress') showProgress(queries, event);
          else askAgain();
        },
        onConnection(now) {
          setConnected(now);
          // Load what changed meanwhile, or find out whether the server answers.
          if (!ending.signal.aborted) askAgain();
        },
      },
      ending.signal,
    );
    return () => {
      clearTimeout(timer);
      ending.abort();
    };
  }, [queries, visible, initialized]);
  return <Live value={connected}>{children}</Live>;
}

/** The `refetchInterval` for something that changes while `busy`. */
export function useAskEvery(): (busy: boolean) => number {
  const connected = useContext(Live);
  return (busy) => (connected ? askAnywayMs : busy ? askWhileBusyMs : askWhileIdleMs);
}

function useVisible(): boolean {
  const [visible, setVisible] = useState(true);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onChange = (): void => {
      clearTimeout(timer);
      if (document.visibilityState === 'visible') setVisible(true);
      else timer = setTimeout(() => setVisible(false), hiddenPatienceMs);
    };
    document.addEventListener('visibilitychange', onChange);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onChange);
    };
  }, []);
  return visible;
}

interface Shown {
  id: number;
  status: string;
  progress: Progress | null;
}

/** Progress is put into the cached answers directly; loading it again would cost two calls a second. */
function showProgress(queries: QueryClient, event: Shown & { kind: string }): void {
  const { kind, id, progress } = event;
  if (progress === null) return;
  const advance = <Row extends Shown>(row: Row): Row =>
    row.id === id && row.status === 'running' ? { ...row, progress } : row;
  if (kind === 'backup') {
    queries.setQueryData<BackupDetail>(keys.backup(id), (row) => row && advance(row));
    queries.setQueriesData<BackupPage>({ queryKey: keys.backupLists }, (page) =>
      page?.backups ? { ...page, backups: page.backups.map(advance) } : page,
    );
  } else if (kind === 'restore') {
    queries.setQueryData<RestoreDetail>(keys.restore(id), (row) => row && advance(row));
  } else if (kind === 'copy') {
    queries.setQueryData<Copy>(keys.copy(id), (row) => row && advance(row));
    queries.setQueriesData<CopyPage>({ queryKey: keys.copyLists }, (page) =>
      page?.copies ? { ...page, copies: page.copies.map(advance) } : page,
    );
  } else if (kind === 'verification') {
    queries.setQueryData<VerificationPage>(
      keys.verifications,
      (page) => page && { ...page, verifications: page.verifications.map(advance) },
    );
  } else if (kind === 'check') {
    queries.setQueryData<CheckPage>(
      keys.checks,
      (page) => page && { ...page, checks: page.checks.map(advance) },
    );
  } else if (kind === 'import') {
    queries.setQueryData<ImportPage>(
      keys.imports,
      (page) => page && { ...page, imports: page.imports.map(advance) },
    );
  } else if (kind === 'scrub') {
    queries.setQueryData<ScrubPage>(
      keys.scrubs,
      (page) => page && { ...page, scrubs: page.scrubs.map(advance) },
    );
  }
}
