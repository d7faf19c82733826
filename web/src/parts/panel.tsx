/*
 * parts/ owns components that several screens use. It never loads a screen.
 */
import type { ReactNode } from 'react';
import { useId } from 'react';
import classes from './panel.module.css';

interface PanelProps {
  title?: string;
  /** Level of the heading; 2 unless it is inside another panel. */
  level?: 2 | 3;
  /** After the heading, such as a state. */
  beside?: ReactNode;
  /** At the right of the heading. */
  actions?: ReactNode;
  /** Without padding, for tables. */
  flush?: boolean;
  children: ReactNode;
}

/** A section of a screen with a border. */
export function Panel({ title, level = 2, beside, actions, flush = false, children }: PanelProps) {
  const id = useId();
  const Heading = `h${level}` as const;
  return (
    <section className={classes.panel} {...(title === undefined ? {} : { 'aria-labelledby': id })}>
      {title === undefined ? null : (
        <div className={classes.head}>
          <div className={classes.line}>
            <Heading id={id} className={classes.title}>
              {title}
            </Heading>
            {beside}
          </div>
          {actions}
        </div>
      )}
      <div className={flush ? classes.flush : classes.body}>{children}</div>
    </section>
  );
}
