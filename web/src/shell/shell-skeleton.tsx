import { useConnection } from '../data/connection.ts';
import { Note } from '../parts/notes.tsx';
import { Brand } from '../parts/brand.tsx';
import { PageSkeleton } from '../parts/page-skeleton.tsx';
import classes from './shell.module.css';

/** The frame of the page until the session is known. */
export function ShellSkeleton() {
  const { lost } = useConnection();
  return (
    <div className={classes.shell}>
      <header className={classes.bar}>
        <span className={classes.brand}>
          <Brand />
        </span>
      </header>
      <main className={classes.main}>
        {lost ? (
          <Note tone="warn" title="No connection to the server" urgent>
            Trying again every few seconds.
          </Note>
        ) : null}
        <PageSkeleton />
      </main>
    </div>
  );
}
