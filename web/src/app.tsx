/*
 * web/ owns the page as a whole: its start, its addresses and what surrounds the screens. It never shows data itself.
 */
import { lazy } from 'react';
import { Route, Router, Switch } from 'wouter';
import { addresses } from './addresses.ts';
import { LiveProvider } from './data/live.tsx';
import { NotFoundPage } from './parts/not-found-page.tsx';
import { Shell } from './shell/shell.tsx';

const OverviewPage = lazy(() => import('./overview/overview-page.tsx'));
const BackupsPage = lazy(() => import('./backups/backups-page.tsx'));
const NewBackupPage = lazy(() => import('./backups/new-backup-page.tsx'));
const BackupPage = lazy(() => import('./backups/backup-page.tsx'));
const RestorePage = lazy(() => import('./restore/restore-page.tsx'));
const SchedulePage = lazy(() => import('./schedule/schedule-page.tsx'));
const RadarPage = lazy(() => import('./radar/radar-page.tsx'));
const StoresPage = lazy(() => import('./stores/stores-page.tsx'));
const ChannelsPage = lazy(() => import('./channels/channels-page.tsx'));
const AccessPage = lazy(() => import('./access/access-page.tsx'));
const DatabasesPage = lazy(() => import('./databases/databases-page.tsx'));
const HistoryPage = lazy(() => import('./history/history-page.tsx'));

export function App() {
  return (
    <Router {...addresses}>
      <LiveProvider>
        <Shell>
          <Switch>
            <Route path="/">
              <OverviewPage />
            </Route>
            <Route path="/backups">
              <BackupsPage />
            </Route>
            <Route path="/backups/new">
              <NewBackupPage />
            </Route>
            <Route path="/backups/:id">{({ id }) => <BackupPage key={id} id={Number(id)} />}</Route>
            {/* These screens handle the addresses below theirs. */}
            <Route path="/restore/*?">
              <RestorePage />
            </Route>
            <Route path="/schedule/*?">
              <SchedulePage />
            </Route>
            <Route path="/radar">
              <RadarPage />
            </Route>
            <Route path="/stores/*?">
              <StoresPage />
            </Route>
            <Route path="/channels">
              <ChannelsPage />
            </Route>
            <Route path="/access">
              <AccessPage />
            </Route>
            <Route path="/databases">
              <DatabasesPage />
            </Route>
            <Route path="/history/*?">
              <HistoryPage />
            </Route>
            <Route>
              <NotFoundPage />
            </Route>
          </Switch>
        </Shell>
      </LiveProvider>
    </Router>
  );
}
