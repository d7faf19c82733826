/*
 * setup/ owns the first visit: tables, schedule, first backup. It never appears once the tables exist, except to
 * finish.
 */
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
  /** Keeps this screen while the set-up continues after Holdfast's tables exist. */
  onBegin: () => void;
  onDone: () => void;
}

/** The first visit: creates our tables, a schedule and a first backup with one button. */
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

  /** Each part may be done already: from elsewhere, or by an earlier attempt. */
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
    // Says first where it will be set up.
    if (!facts) return error ? <ErrorNote error={error} retry={() => void refetch()} /> : <PageSkeleton />;
    const { database, tables } = facts;
    return (
      <div className={classes.page}>
        <PageHeader title="Set up backups">
          Nothing in the database <strong>{database.name}</strong> is protected yet. Three steps, with one
          click; each of them can be changed later.
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
                <h2>Holdfast's own tables</h2>
                <p>
                  Holdfast stores backups, schedule and history in its own tables. It never changes other
                  tables except in a restore that you start.
                </p>
                <p>
                  They are created in the schema <code>HOLDFAST_SCHEMA</code>, <code>public</code> by default.
                  A separate schema that no other role can access is better:{' '}
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
                <p>Of everything, now, while the application keeps running.</p>
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
                Continue without it
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
