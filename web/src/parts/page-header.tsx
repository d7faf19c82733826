import { useEffect, useRef, type ReactNode } from 'react';
import { useDatabaseName } from '../data/databases.ts';
import classes from './page-header.module.css';

interface PageHeaderProps {
  /** The heading, and the title of the window. */
  title: string;
  /** Shown above the heading, such as a link back. */
  above?: ReactNode;
  /** Beside the heading, such as a state. */
  beside?: ReactNode;
  /** One sentence below it. */
  children?: ReactNode;
  /** Buttons. */
  actions?: ReactNode;
}

let headingsShown = 0;

/** Takes the focus when the focused element is removed. */
export function focusHeading(): void {
  document.querySelector('h1')?.focus();
}

/** The head of a screen, with its only h1, which takes the focus when the screen changes. */
export function PageHeader({ title, above, beside, children, actions }: PageHeaderProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const database = useDatabaseName();
  useEffect(() => {
    document.title = [title, ...(database === null ? [] : [database]), 'Holdfast'].join(' · ');
  }, [title, database]);
  useEffect(() => {
    headingsShown += 1;
    window.scrollTo(0, 0);
    // Not when the page is opened: the browser starts at the top anyway.
    if (headingsShown > 1) heading.current?.focus();
  }, []);
  return (
    <div className={classes.header}>
      <div className={classes.words}>
        {above}
        <div className={classes.line}>
          <h1 ref={heading} tabIndex={-1} className={classes.title}>
            {title}
          </h1>
          {beside}
        </div>
        {children ? <div className={classes.lead}>{children}</div> : null}
      </div>
      {actions ? <div className={classes.actions}>{actions}</div> : null}
    </div>
  );
}
