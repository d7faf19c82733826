/*
 * schedule/ owns the schedule and the retention policy, with previews. It never saves what was not shown.
 */
import { Route, Switch, useRoute } from 'wouter';
import { useSchedule } from '../data/queries.ts';
import { formatRelative } from '../format/times.ts';
import { ErrorNote, Note } from '../parts/notes.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { SectionTabs } from '../parts/section-tabs.tsx';
import { Badge } from '../parts/state-badge.tsx';
import { NotFoundPage } from '../parts/not-found-page.tsx';
import { PageSkeleton } from '../parts/page-skeleton.tsx';
import { OtherSchedules } from './other-schedules.tsx';
import { RetentionEditor } from './retention-editor.tsx';
import { ScheduleEditor } from './schedule-editor.tsx';
import classes from './schedule-page.module.css';

const tabs = [
  { path: '/schedule', title: 'When' },
  { path: '/schedule/retention', title: 'Retention' },
] as const;

/** When backups are taken, and how long they are kept. */
export default function SchedulePage() {
  const { data, error, refetch } = useSchedule();
  const [known] = useRoute(/^\/schedule(?:\/retention)?\/?$/);
  if (!known) return <NotFoundPage />;
  if (!data) return error ? <ErrorNote error={error} retry={() => void refetch()} /> : <PageSkeleton />;
  return (
    <>
      <PageHeader
        title="Schedule"
        beside={<Badge tone={data.enabled ? 'good' : 'quiet'}>{data.enabled ? 'On' : 'Off'}</Badge>}
      >
        {data.nextRunAt === null
          ? 'No backup is taken automatically.'
          : `The next backup is due ${formatRelative(data.nextRunAt)}.`}
      </PageHeader>
      {data.notice !== undefined && (
        <div className={classes.above}>
          <Note tone="warn" title={data.notice} />
        </div>
      )}
      <SectionTabs label="Parts of the schedule" tabs={tabs} />
      <Switch>
        <Route path="/schedule">
          <ScheduleEditor schedule={data} />
          <OtherSchedules shown={data.name} />
        </Route>
        <Route path="/schedule/retention">
          <RetentionEditor schedule={data} />
        </Route>
      </Switch>
    </>
  );
}
