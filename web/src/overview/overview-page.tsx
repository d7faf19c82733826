/*
 * overview/ owns the overview: the verdict, what needs attention, figures and trends. It never computes health: the
 * server does.
 */
import { Button, Skeleton } from '@mantine/core';
import { Link } from 'wouter';
import { RecentBackups } from '../backups/recent-backups.tsx';
import { RunningNow } from '../backups/running-now.tsx';
import { useBackups, useFindings, useMissingTables, useSchedules, useStatus } from '../data/queries.ts';
import { FindingNote } from '../parts/finding-note.tsx';
import { Icon } from '../parts/icon.tsx';
import { ErrorNote } from '../parts/notes.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { Panel } from '../parts/panel.tsx';
import { Attention } from './attention.tsx';
import { Facts } from './facts.tsx';
import classes from './overview-page.module.css';
import { Recovery } from './recovery.tsx';
import { Trends } from './trends.tsx';
import { scheduledBy } from './verdict.ts';
import { VerdictBanner } from './verdict-banner.tsx';
import { Allowed } from '../parts/allowed.tsx';

/** How many runs the trends show. */
const runsInTrend = 60;

export default function OverviewPage() {
  const status = useStatus();
  const schedules = useSchedules();
  const recent = useBackups({ limit: 6 });
  const completed = useBackups({ limit: runsInTrend, status: 'completed' });
  const scheduled = schedules.data && scheduledBy(schedules.data);
  const ready = status.data?.initialized ? status.data : null;
  const missing = useMissingTables();
  const findings = useFindings();
  const open = findings.data?.findings.filter(({ state }) => state === 'open') ?? [];
  const error = status.error ?? schedules.error ?? recent.error;
  return (
    <>
      <PageHeader
        title="Overview"
        actions={
          <>
            <Allowed to="restore">
              <Button
                variant="default"
                component={Link}
                href="/restore"
                leftSection={<Icon name="restore" />}
              >
                Restore
              </Button>
            </Allowed>
            <Allowed to="createBackup">
              <Button component={Link} href="/backups/new" leftSection={<Icon name="plus" />}>
                New backup
              </Button>
            </Allowed>
          </>
        }
      />
      {error ? <ErrorNote error={error} retry={() => void status.refetch()} /> : null}
      {ready ? <VerdictBanner status={ready} scheduled={scheduled} /> : <Skeleton height={112} radius="md" />}
      {open.map((finding) => (
        <FindingNote key={finding.id} finding={finding} />
      ))}
      {ready ? (
        <Attention
          status={ready}
          scheduled={scheduled}
          recent={recent.data?.backups ?? []}
          missing={missing.data}
        />
      ) : null}
      <RunningNow />
      <Recovery status={ready} />
      <Facts status={ready} scheduled={scheduled} recent={completed.data?.backups} />
      <div className={classes.parts}>
        <Panel title="Trends">
          {completed.data ? (
            <Trends backups={completed.data.backups} />
          ) : (
            <Skeleton height={236} radius="md" />
          )}
        </Panel>
        <Panel
          title="Latest backups"
          flush
          actions={
            <Link href="/backups" className={classes.all}>
              All backups
            </Link>
          }
        >
          <RecentBackups backups={recent.data?.backups} />
        </Panel>
      </div>
    </>
  );
}
