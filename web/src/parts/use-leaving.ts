import { useEffect, useRef } from 'react';

/** What is under way for a screen ends when one leaves it. @returns the signal of now */
export function useLeaving(): () => AbortSignal {
  const leaving = useRef(new AbortController());
  useEffect(() => {
    leaving.current = new AbortController();
    return () => leaving.current.abort();
  }, []);
  return () => leaving.current.signal;
}
