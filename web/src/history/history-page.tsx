import { Link, Route, Switch, useRoute } from 'wouter';
import { PageHeader } from '../parts/page-header.tsx';
import { NotFoundPage } from '../shell/not-found-page.tsx';
import { CleanupHistory } from './cleanup-history.tsx';
import classes from './history-page.module.css';
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
      <nav aria-label="Parts of the history" className={classes.tabs}>
        {tabs.map((tab) => (
          <Tab key={tab.path} {...tab} />
        ))}
      </nav>
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

function Tab({ path, title }: (typeof tabs)[number]) {
  const [here] = useRoute(path);
  return (
    <Link href={path} className={classes.tab} aria-current={here ? 'page' : undefined}>
      {title}
    </Link>
  );
}
