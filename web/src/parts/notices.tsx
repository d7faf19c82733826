import { CloseButton } from '@mantine/core';
import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from 'react';
import { ApiError } from '../data/client.ts';
import classes from './notices.module.css';

type Tell = (text: string) => void;

const Tell = createContext<Tell>(() => {});

/** Reports a success on screen and to screen readers. For failures use ErrorNote. */
export function useNotice(): Tell {
  return useContext(Tell);
}

/** Reports the failure of a side action. The end of a session is not reported: the sign-in appears. */
export function useFailureNotice(): (error: unknown) => void {
  const tell = useNotice();
  return (error) => {
    if (error instanceof ApiError && error.code === 'UNAUTHORIZED') return;
    const hint = error instanceof ApiError && error.hint ? ` ${error.hint}` : '';
    tell(`${error instanceof Error ? error.message : String(error)}${hint}`);
  };
}

const shownForMs = 6_000;
let lastId = 0;

export function NoticeProvider({ children }: { children: ReactNode }) {
  const [notices, setNotices] = useState<{ id: number; text: string }[]>([]);
  const remove = useCallback((id: number) => setNotices((list) => list.filter((each) => each.id !== id)), []);
  const tell = useCallback<Tell>(
    (text) => {
      const id = (lastId += 1);
      setNotices((list) => [...list.slice(-2), { id, text }]);
      setTimeout(() => remove(id), shownForMs);
    },
    [remove],
  );
  const region = useMemo(
    () => (
      <div className={classes.region} role="status">
        {notices.map(({ id, text }) => (
          <div key={id} className={classes.notice}>
            <span>{text}</span>
            <CloseButton size="sm" variant="transparent" aria-label="Dismiss" onClick={() => remove(id)} />
          </div>
        ))}
      </div>
    ),
    [notices, remove],
  );
  return (
    <Tell value={tell}>
      {children}
      {region}
    </Tell>
  );
}
