/*
 * history/ owns the history of restores, deletions and drills, with exports. It never starts anything.
 */
import { Route, Switch, useRoute } from 'wouter';
import { PageHeader } from '../parts/page-header.tsx';
import { SectionTabs } from '../parts/section-tabs.tsx';
import { NotFoundPage } from '../parts/not-found-page.tsx';
import { CleanupHistory } from './cleanup-history.tsx';
import { DrillHistory } from './drill-history.tsx';
import { RestoreHistory } from './restore-history.tsx';

const tabs = [
  { path: '/history', title: 'Restores' },
  { path: '/history/cleanups', title: 'Cleanups' },
  { path: '/history/drills', title: 'Drills' },
] as const;

/** What was restored, deleted and proved, with the reasons. */
export default function HistoryPage() {
  const [known] = useRoute(/^\/history(?:\/(?:cleanups|drills))?\/?$/);
  if (!known) return <NotFoundPage />;
  return (
    <>
      <PageHeader title="History">What was restored, deleted and proved, with the reasons.</PageHeader>
      <SectionTabs label="Parts of the history" tabs={tabs} />
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
      </Switch>
    </>
  );
}
