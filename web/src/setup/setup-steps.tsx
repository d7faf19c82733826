import { Button, Loader } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { client } from '../data/client.ts';
import { keys } from '../data/keys.ts';
import { isAlive } from '../data/queries.ts';
import { durationOf, formatDuration } from '../format/times.ts';
import { contentsOf } from '../format/run-words.ts';
import { Icon } from '../parts/icon.tsx';
import { Note } from '../parts/notes.tsx';
import { Panel } from '../parts/panel.tsx';
import { RunProgress } from '../parts/run-progress.tsx';
import classes from './setup-page.module.css';

export interface SetupState {
  step: 'plan' | 'tables' | 'schedule' | 'backup';
  backupId: number | null;
  error: unknown;
}

interface SetupStepsProps {
  state: SetupState;
  scheduled: boolean;
  onDone: () => void;
}

const order = ['tables', 'schedule', 'backup'] as const;

/** The progress of the set-up, until the first backup has completed. */
export function SetupSteps({ state, scheduled, onDone }: SetupStepsProps) {
  const { data: backup } = useQuery({
    queryKey: keys.backup(state.backupId ?? 0),
    queryFn: ({ signal }) => client.getBackup(state.backupId!, { signal }),
    enabled: state.backupId !== null,
    refetchInterval: ({ state: { data } }) => (data && !isAlive(data) ? false : 500),
  });
  const now = order.indexOf(state.step as (typeof order)[number]);
  const ended = backup !== undefined && !isAlive(backup);
  const good = backup?.status === 'completed';
  const stateOf = (at: number): StepState =>
    at < now ? 'done' : at > now ? 'ahead' : ended ? (good ? 'done' : 'failed') : 'now';
  return (
    <>
      <Panel>
        <ol className={classes.list} role="status">
          <Step state={stateOf(0)} title="Holdfast's own tables" />
          {scheduled ? <Step state={stateOf(1)} title="A schedule" /> : null}
          <Step state={stateOf(2)} title="The first backup">
            {backup && !ended ? (
              <RunProgress name="The first backup" progress={backup.progress} startedAt={backup.startedAt} />
            ) : null}
            {backup && good ? (
              <p>
                {contentsOf(backup)}, in {formatDuration(durationOf(backup) ?? 0)}.
              </p>
            ) : null}
          </Step>
        </ol>
      </Panel>
      {ended ? (
        <div className={classes.error}>
          <Note
            tone={good ? 'good' : 'bad'}
            title={
              good ? 'This database is protected now.' : (backup.error?.message ?? 'It did not complete.')
            }
            action={
              <Button onClick={onDone} data-autofocus>
                Go to the overview
              </Button>
            }
          >
            {good
              ? 'If you lose a table now, you can restore it.'
              : (backup.error?.hint ?? 'The overview shows what needs attention.')}
          </Note>
        </div>
      ) : null}
    </>
  );
}

type StepState = 'done' | 'now' | 'ahead' | 'failed';

const spoken: Record<StepState, string> = {
  done: 'done',
  now: 'in progress',
  ahead: 'not started',
  failed: 'failed',
};

function Step({ state, title, children }: { state: StepState; title: string; children?: ReactNode }) {
  return (
    <li data-state={state}>
      <h2>
        {title}
        <span className={classes.state}>
          {state === 'done' ? <Icon name="check" size={16} /> : null}
          {state === 'failed' ? <Icon name="alert" size={16} /> : null}
          {state === 'now' ? <Loader size={14} aria-hidden="true" /> : null}
          <span className="visually-hidden">{spoken[state]}</span>
        </span>
      </h2>
      {children}
    </li>
  );
}
