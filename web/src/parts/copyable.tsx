import { Button } from '@mantine/core';
import { useId, useRef, type ReactNode } from 'react';
import classes from './copyable.module.css';
import { useNotice } from './notices.tsx';

interface CopyableProps {
  /** What it is, such as `Environment`. */
  label: string;
  text: string;
  /** Further buttons. */
  children?: ReactNode;
}

/** Lines to be copied as they are. */
export function Copyable({ label, text, children }: CopyableProps) {
  const id = useId();
  const lines = useRef<HTMLPreElement>(null);
  const tell = useNotice();
  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      tell(`${label}: copied.`);
    } catch {
      // Over plain HTTP, or where the browser does not allow it.
      if (lines.current) window.getSelection()?.selectAllChildren(lines.current);
      tell(`${label}: selected. Copy it with the keyboard.`);
    }
  }
  return (
    <div className={classes.copyable}>
      <div className={classes.head}>
        <span id={id} className={classes.label}>
          {label}
        </span>
        <span className={classes.buttons}>
          <Button size="compact-xs" variant="default" onClick={() => void copy()}>
            Copy<span className="visually-hidden"> {label}</span>
          </Button>
          {children}
        </span>
      </div>
      <pre ref={lines} className={classes.lines} tabIndex={0} role="group" aria-labelledby={id}>
        {text}
      </pre>
    </div>
  );
}
