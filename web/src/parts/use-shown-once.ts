import { useEffect, useRef, type RefObject } from 'react';

/** For what is shown this once: its heading gets the focus, and leaving the page is warned of until it is gone. */
export function useShownOnce(): RefObject<HTMLHeadingElement | null> {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, []);
  return heading;
}
