/*
 * shell/ owns the frame around every screen: navigation, database, account, connection. It never knows what a screen
 * shows.
 */
import { ActionIcon } from '@mantine/core';
import { lazy, Suspense, useRef, useState, type ReactNode } from 'react';
import { Link, useLocation, useRoute } from 'wouter';
import { admitted } from '../../../src/contract/scopes.ts';
import { ApiError } from '../data/client.ts';
import { isMoreThanOne, useDatabases } from '../data/databases.ts';
import { useStatus } from '../data/queries.ts';
import { useSession } from '../session/session.ts';
import { Boundary } from '../parts/boundary.tsx';
import { Icon, type IconName } from '../parts/icon.tsx';
import { ErrorNote } from '../parts/notes.tsx';
import { Account } from './account.tsx';
import { Brand } from '../parts/brand.tsx';
import { ConnectionLost } from './connection-lost.tsx';
import { DatabasePicker } from './database-picker.tsx';
import { NoDatabase } from './no-database.tsx';
import { PageSkeleton } from '../parts/page-skeleton.tsx';
import { layerId } from '../parts/theme.ts';
import classes from './shell.module.css';

const SetupPage = lazy(() => import('../setup/setup-page.tsx'));

interface ScreenEntry {
  path: string;
  title: string;
  icon: IconName;
  /** What one must be allowed to see anything there; without it, to read. */
  needs?: 'admin' | 'restore';
  /** Left out where there is one database, and nothing that is not protected. */
  ofSeveral?: boolean;
}

const screens: ScreenEntry[] = [
  { path: '/', title: 'Overview', icon: 'overview' },
  { path: '/backups', title: 'Backups', icon: 'backups' },
  { path: '/restore', title: 'Restore', icon: 'restore', needs: 'restore' },
  { path: '/schedule', title: 'Schedule', icon: 'schedule' },
  { path: '/radar', title: 'Radar', icon: 'radar' },
  { path: '/stores', title: 'Stores', icon: 'stores' },
  { path: '/channels', title: 'Channels', icon: 'bell' },
  { path: '/history', title: 'History', icon: 'history' },
  { path: '/databases', title: 'Databases', icon: 'databases', ofSeveral: true },
  { path: '/access', title: 'Access', icon: 'lock', needs: 'admin' },
];

/** The frame of every screen: navigation, database and account. */
export function Shell({ children }: { children: ReactNode }) {
  const [location] = useLocation();
  const [open, setOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  const { scopes } = useSession();
  const { data: databases } = useDatabases();
  const several = databases !== undefined && isMoreThanOne(databases);
  const seen = screens.filter(
    ({ needs, ofSeveral }) =>
      (needs === undefined || admitted(scopes, needs)) && (several || ofSeveral !== true),
  );
  return (
    <div className={classes.shell}>
      <button type="button" className={classes.skip} onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <header className={classes.bar}>
        <Link href="/" className={classes.brand} aria-label="Holdfast, to the overview">
          <Brand />
        </Link>
        <DatabasePicker />
        <ActionIcon
          className={classes.toggle}
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={open ? 'Close the menu' : 'Open the menu'}
          aria-expanded={open}
          aria-controls="menu"
          onClick={() => setOpen(!open)}
        >
          <Icon name={open ? 'close' : 'menu'} size={20} />
        </ActionIcon>
        <div id="menu" className={classes.menu} data-open={open || undefined}>
          <nav aria-label="Screens">
            <ul className={classes.links}>
              {seen.map((screen) => (
                <li key={screen.path}>
                  <ScreenLink {...screen} onClick={() => setOpen(false)} />
                </li>
              ))}
            </ul>
          </nav>
          <Account />
        </div>
      </header>
      <main ref={main} tabIndex={-1} className={classes.main}>
        <ConnectionLost />
        <Boundary at={location} fallback={(error) => <ErrorNote error={error} retry={reload} />}>
          <Suspense fallback={<PageSkeleton />}>
            <Initialized>{children}</Initialized>
          </Suspense>
        </Boundary>
        {/* Holds menus and tooltips, which belong to the screen. */}
        <div id={layerId} />
      </main>
    </div>
  );
}

interface ScreenLinkProps extends ScreenEntry {
  onClick: () => void;
}

function ScreenLink({ path, title, icon, onClick }: ScreenLinkProps) {
  const [exact] = useRoute(path);
  const [below] = useRoute(`${path}/*`);
  const here = exact || (path !== '/' && below);
  return (
    <Link href={path} className={classes.link} onClick={onClick} aria-current={here ? 'page' : undefined}>
      <Icon name={icon} />
      {title}
    </Link>
  );
}

const reload = (): void => window.location.reload();

/** Until Holdfast's tables exist, every address shows the set-up, but for the list of all databases. */
function Initialized({ children }: { children: ReactNode }) {
  const { data, error, refetch } = useStatus();
  const [settingUp, setSettingUp] = useState(false);
  const [ofAll] = useRoute('/databases');
  if (ofAll) return children;
  if (error instanceof ApiError && error.code === 'DATABASE_NOT_FOUND') {
    return <NoDatabase message={error.message} />;
  }
  if (!data) return error ? <ErrorNote error={error} retry={() => void refetch()} /> : <PageSkeleton />;
  if (!data.initialized || settingUp) {
    return <SetupPage onBegin={() => setSettingUp(true)} onDone={() => setSettingUp(false)} />;
  }
  return children;
}
