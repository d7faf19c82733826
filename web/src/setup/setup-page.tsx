import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { client } from '../data/client.ts';
import { keys } from '../data/keys.ts';
import { useRefresh } from '../data/refresh.ts';
import { ErrorNote } from '../parts/notes.tsx';
import { counted } from '../format/numbers.ts';
import { PageHeader } from '../parts/page-header.tsx';
import { Panel } from '../parts/panel.tsx';
import { PageSkeleton } from '../parts/page-skeleton.tsx';
import { FirstSchedule } from './first-schedule.tsx';
import { suggestedPlan, scheduleOf, type SetupPlan } from './setup-plan.ts';
import classes from './setup-page.module.css';
import { SetupSteps, type SetupState } from './setup-steps.tsx';

interface SetupPageProps {
  /** Holdfast's tables are about to appear; this page is not done by then. */
  onBegin: () => void;
  onDone: () => void;
}

/** The first visit: our tables, a schedule and a first backup, with one button. */
export default function SetupPage({ onBegin, onDone }: SetupPageProps) {
  const refresh = useRefresh();
  const {
    data: facts,
    error,
    refetch,
  } = useQuery({
    queryKey: keys.initPlan,
    queryFn: ({ signal }) => client.planInit({ signal }),
  });
  const [plan, setPlan] = useState<SetupPlan>(suggestedPlan);
  const [state, setState] = useState<SetupState>({ step: 'plan', backupId: null, error: null });

  /** Each part may be done already: by somebody else, or when this is tried again. */
  async function setUp(): Promise<void> {
    onBegin();
    let step: SetupState['step'] = 'tables';
    const at = (next: SetupState['step'], backupId: number | null = null): void => {
      step = next;
      setState({ step, backupId, error: null });
    };
    try {
      at('tables');
      await client.init();
      const schedule = scheduleOf(plan);
      if (schedule) {
        at('schedule');
        await client.updateSchedule(schedule);
      }
      at('backup');
      const backup = await client.createBackup({ description: 'The first backup' });
      at('backup', backup.id);
      await refresh();
    } catch (error) {
      setState({ step, backupId: null, error });
    }
  }

  if (state.step === 'plan' || state.error !== null) {
    // Nothing is set up before it has been said where.
    if (!facts) return error ? <ErrorNote error={error} retry={() => void refetch()} /> : <PageSkeleton />;
    const { database, tables } = facts;
    return (
      <div className={classes.page}>
        <PageHeader title="Set up backups">
          Nothing in the database <strong>{database.name}</strong> is protected yet. Three things, in one go,
          and each of them can be changed later.
        </PageHeader>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void setUp();
          }}
        >
          <Panel>
            <ol className={classes.list}>
              <li>
                <h2>Tables of its own</h2>
                <p>
                  Holdfast keeps backups, schedule and history in tables of its own beside yours. It never
                  touches the others but in a restore you ask for.
                </p>
                <p>
                  They go into the schema that <code>HOLDFAST_SCHEMA</code> names, <code>public</code> unless
                  it is set. A schema of their own, which no other role gets at, is better:{' '}
                  <code>HOLDFAST_SCHEMA=holdfast</code>.
                </p>
                <details className={classes.tables} open>
                  <summary>
                    {counted(tables.length, 'table')} in {database.name}
                  </summary>
                  <ul>
                    {tables.map((table) => (
                      <li key={table}>{table}</li>
                    ))}
                  </ul>
                </details>
              </li>
              <li>
                <h2>A schedule</h2>
                <FirstSchedule plan={plan} onChange={setPlan} />
              </li>
              <li>
                <h2>The first backup</h2>
                <p>Of everything, at once, while the application goes on working.</p>
              </li>
            </ol>
          </Panel>
          {state.error === null ? null : (
            <div className={classes.error}>
              <ErrorNote error={state.error} />
            </div>
          )}
          <div className={classes.actions}>
            <Button type="submit" size="md">
              {state.error === null ? 'Set up and back up' : 'Try again'}
            </Button>
            {state.error !== null && state.step !== 'tables' ? (
              <Button variant="default" size="md" onClick={onDone}>
                Go on without it
              </Button>
            ) : null}
          </div>
        </form>
      </div>
    );
  }
  return (
    <div className={classes.page}>
      <PageHeader title="Setting up" />
      <SetupSteps state={state} scheduled={scheduleOf(plan) !== null} onDone={onDone} />
    </div>
  );
}
