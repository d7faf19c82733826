import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useState, type ReactNode } from 'react';
import {
  client,
  type BackupDetail,
  type BackupPage,
  type Progress,
  type RestoreDetail,
  type StatusAnswer,
} from './client.ts';
import { keys } from './keys.ts';

/** Whether the server tells us what happens; while it does not, we ask. */
const Live = createContext(false);

/** How often to ask for something while a run is in progress and while none is, in milliseconds. */
const askWhileBusyMs = 1_000;
const askWhileIdleMs = 15_000;
/** Even while events arrive: one may have been lost. */
const askAnywayMs = 60_000;
const gatherMs = 150;
/** A page nobody looks at gives its connection back; a browser has six of them for all of its tabs. */
const hiddenPatienceMs = 20_000;

export function LiveProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const [connected, setConnected] = useState(false);
  const visible = useVisible();
  // Somebody else asks; there are no events before our tables are there.
  const { data: status } = useQuery<StatusAnswer>({ queryKey: keys.status, enabled: false });
  const initialized = status?.initialized === true;
  useEffect(() => {
    if (!visible || !initialized) return undefined;
    const ending = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    // Signals come in groups: one answer for all of them.
    const askAgain = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined;
        void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
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
          // What happened while nobody listened; or whether the server is there at all.
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

/** Progress goes straight into what is shown; asking for it again would cost a call twice a second. */
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
  }
}
