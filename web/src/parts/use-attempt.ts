import { useState } from 'react';
import { useRefresh } from '../data/refresh.ts';
import { useFailureNotice } from './notices.tsx';

/** For a change by a button: whether one is under way, and what does one, shows what has become of it, and tells a failure. */
export function useAttempt(): [pending: boolean, attempt: (work: () => Promise<void>) => Promise<void>] {
  const [pending, setPending] = useState(false);
  const refresh = useRefresh();
  const tellError = useFailureNotice();
  return [
    pending,
    async (work) => {
      setPending(true);
      try {
        await work();
        await refresh();
      } catch (error) {
        tellError(error);
      } finally {
        setPending(false);
      }
    },
  ];
}
