/*
 * history/ owns the history of restores, deletions, drills and calls, with exports; and what waits for a second
 * actor. It never starts anything.
 */
import { Route, Switch, useRoute } from 'wouter';
import { admitted } from '../../../src/contract/scopes.ts';
import { PageHeader } from '../parts/page-header.tsx';
import { SectionTabs } from '../parts/section-tabs.tsx';
import { NotFoundPage } from '../parts/not-found-page.tsx';
import { useSession } from '../session/session.ts';
import { Approvals } from './approvals.tsx';
import { AuditHistory } from './audit-history.tsx';
import { CleanupHistory } from './cleanup-history.tsx';
import { DrillHistory } from './drill-history.tsx';
import { RestoreHistory } from './restore-history.tsx';

const tabs = [
  { path: '/history', title: 'Restores', needs: 'read' },
  { path: '/history/cleanups', title: 'Cleanups', needs: 'read' },
  { path: '/history/drills', title: 'Drills', needs: 'read' },
  { path: '/history/approvals', title: 'Approvals', needs: 'restore' },
  { path: '/history/calls', title: 'Calls', needs: 'admin' },
] as const;

/** What was restored, deleted and proved, with the reasons, and who called for it. */
export default function HistoryPage() {
  const [known] = useRoute(/^\/history(?:\/(?:cleanups|drills|approvals|calls))?\/?$/);
  const { scopes } = useSession();
  const seen = tabs.filter(({ needs }) => admitted(scopes, needs));
  if (!known) return <NotFoundPage />;
  return (
    <>
      <PageHeader title="History">
        What was restored, deleted and proved, with the reasons, and who called for it.
      </PageHeader>
      <SectionTabs label="Parts of the history" tabs={seen} />
      <Switch>
        <Route path="/history">
          <RestoreHistory />
        </Route>
        <Route path="/history/cleanups">
          <CleanupHistory />
        </Route>
        <Route path="/history/drills">
          <DrillHistory />
        </Route>
        <Route path="/history/approvals">
          <Approvals />
        </Route>
        <Route path="/history/calls">
          <AuditHistory />
        </Route>
      </Switch>
    </>
  );
}
