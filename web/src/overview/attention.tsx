import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { BackupSummary, Schedule } from '../data/client.ts';
import { isAlive, type ReadyStatus } from '../data/queries.ts';
import { BackUpNow } from '../backups/back-up-now.tsx';
import { Note } from '../parts/notes.tsx';
import type { Tone } from '../parts/state-badge.tsx';
import classes from './attention.module.css';

interface AttentionProps {
  status: ReadyStatus;
  schedule: Schedule | undefined;
  /** The newest backups. */
  recent: readonly BackupSummary[];
}

interface Item {
  key: string;
  tone: Tone;
  title: string;
  text?: ReactNode;
  action?: ReactNode;
}

/** What needs somebody, each with the button that mends it. Nothing when nothing does. */
export function Attention(props: AttentionProps) {
  const items = itemsOf(props);
  if (items.length === 0) return null;
  return (
    <section aria-labelledby="attention" className={classes.attention}>
      <h2 id="attention" className={classes.title}>
        Needs attention
      </h2>
      {items.map(({ key, tone, title, text, action }) => (
        <Note key={key} tone={tone} title={title} action={action}>
          {text}
        </Note>
      ))}
    </section>
  );
}

function itemsOf({ status, schedule, recent }: AttentionProps): Item[] {
  const items: Item[] = [];
  const { health, lastCompleted } = status;
  const failed = recent.find((backup) => backup.status === 'failed' || backup.status === 'interrupted');
  if (health.state === 'failing' && failed) {
    items.push({
      key: 'failing',
      tone: 'bad',
      title: failed.error?.message ?? health.lastFailure ?? `Backup ${failed.id} did not complete`,
      text: failed.error?.hint,
      action: (
        <Button variant="default" size="xs" component={Link} href={`/backups/${failed.id}`}>
          See backup {failed.id}
        </Button>
      ),
    });
  }
  if (schedule && !schedule.enabled) {
    items.push({
      key: 'unscheduled',
      tone: 'warn',
      title: 'No schedule is enabled',
      text: 'A backup is only taken when somebody asks for one.',
      action: (
        <Button size="xs" component={Link} href="/schedule">
          Set a schedule
        </Button>
      ),
    });
  }
  if (
    (health.state === 'late' || lastCompleted === null || health.state === 'failing') &&
    !recent.some(isAlive)
  ) {
    items.push({
      key: 'late',
      tone: 'bad',
      title:
        lastCompleted === null
          ? 'There is nothing to restore from yet'
          : 'The newest changes are in no backup',
      text: lastCompleted === null ? undefined : health.state === 'late' ? health.reason : undefined,
      action: <BackUpNow size="xs" />,
    });
  }
  for (const { code, message } of health.warnings) {
    items.push({ key: code, tone: 'warn', title: 'The last backup is unlike those before', text: message });
  }
  if (schedule?.notice !== undefined) {
    items.push({
      key: 'notice',
      tone: 'warn',
      title: 'Does something run the schedule?',
      text: schedule.notice,
    });
  }
  for (const backup of recent.filter(({ damaged }) => damaged)) {
    items.push({
      key: `damaged-${backup.id}`,
      tone: 'bad',
      title: `Backup ${backup.id} is damaged`,
      text: 'Something in it is missing or is not what it was. Take a new one, and restore from another.',
      action: (
        <Button variant="default" size="xs" component={Link} href={`/backups/${backup.id}`}>
          See backup {backup.id}
        </Button>
      ),
    });
  }
  return items;
}
