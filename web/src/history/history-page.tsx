/*
 * history/ owns the history of restores and deletions, with exports. It never changes anything.
 */
import { Route, Switch, useRoute } from 'wouter';
import { PageHeader } from '../parts/page-header.tsx';
import { SectionTabs } from '../parts/section-tabs.tsx';
import { NotFoundPage } from '../parts/not-found-page.tsx';
import { CleanupHistory } from './cleanup-history.tsx';
import { RestoreHistory } from './restore-history.tsx';

const tabs = [
  { path: '/history', title: 'Restores' },
  { path: '/history/cleanups', title: 'Cleanups' },
] as const;

/** What was restored and what was deleted, with the reasons. */
export default function HistoryPage() {
  const [known] = useRoute(/^\/history(?:\/cleanups)?\/?$/);
  if (!known) return <NotFoundPage />;
  return (
    <>
      <PageHeader title="History">What was restored and what was deleted, with the reasons.</PageHeader>
      <SectionTabs label="Parts of the history" tabs={tabs} />
      <Switch>
        <Route path="/history">
          <RestoreHistory />
        </Route>
        <Route path="/history/cleanups">
          <CleanupHistory />
        </Route>
      </Switch>
    </>
  );
}
