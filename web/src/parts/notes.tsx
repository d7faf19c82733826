import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { ApiError } from '../data/client.ts';
import { Icon, type IconName } from './icon.tsx';
import classes from './notes.module.css';
import type { Tone } from './state-badge.tsx';

interface NoteProps {
  tone: Tone;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  /** Read out at once when it appears. */
  urgent?: boolean;
}

const icons: Record<Tone, IconName> = {
  good: 'check',
  warn: 'alert',
  bad: 'alert',
  live: 'info',
  quiet: 'info',
};

/** A message with its action. */
export function Note({ tone, title, children, action, urgent = false }: NoteProps) {
  return (
    <div className={classes.note} data-tone={tone} {...(urgent ? { role: 'alert' } : {})}>
      <span className={classes.icon}>
        <Icon name={icons[tone]} />
      </span>
      <div className={classes.words}>
        <p className={classes.title}>{title}</p>
        {children ? <div className={classes.text}>{children}</div> : null}
      </div>
      {action ? <div className={classes.action}>{action}</div> : null}
    </div>
  );
}

/** An error with its cause and hint. */
export function ErrorNote({ error, retry }: { error: unknown; retry?: () => void }) {
  const known = error instanceof ApiError ? error : null;
  return (
    <Note
      tone="bad"
      urgent
      title={known?.title ?? 'Something went wrong'}
      action={
        retry ? (
          <Button variant="default" size="xs" onClick={retry}>
            Try again
          </Button>
        ) : null
      }
    >
      <p>{error instanceof Error ? error.message : String(error)}</p>
      {known?.hint ? <p>{known.hint}</p> : null}
    </Note>
  );
}

interface EmptyStateProps {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}

/** Shown instead of an empty list: why it is empty, and what to do. */
export function EmptyState({ title, children, action }: EmptyStateProps) {
  return (
    <div className={classes.empty}>
      <p className={classes.emptyTitle}>{title}</p>
      {children ? <div className={classes.emptyText}>{children}</div> : null}
      {action}
    </div>
  );
}
