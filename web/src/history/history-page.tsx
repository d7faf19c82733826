import { Route, Switch, useRoute } from 'wouter';
import { PageHeader } from '../parts/page-header.tsx';
import { SectionTabs } from '../parts/section-tabs.tsx';
import { NotFoundPage } from '../parts/not-found-page.tsx';
import { CleanupHistory } from './cleanup-history.tsx';
import { RestoreHistory } from './restore-history.tsx';

const tabs = [
  { path: '/history', title: 'Restores' },
  { path: '/history/clean-ups', title: 'Clean-ups' },
] as const;

/** What was brought back, and what was deleted, each with its reason. */
export default function HistoryPage() {
  const [known] = useRoute(/^\/history(?:\/clean-ups)?\/?$/);
  if (!known) return <NotFoundPage />;
  return (
    <>
      <PageHeader title="History">What was brought back, and what was deleted, with the reasons.</PageHeader>
      <SectionTabs label="Parts of the history" tabs={tabs} />
      <Switch>
        <Route path="/history">
          <RestoreHistory />
        </Route>
        <Route path="/history/clean-ups">
          <CleanupHistory />
        </Route>
      </Switch>
    </>
  );
}
