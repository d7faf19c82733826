import type { DatabaseSummary } from '../data/client.ts';
import { Copyable } from '../parts/copyable.tsx';
import { Panel } from '../parts/panel.tsx';
import classes from './databases-page.module.css';
import { isPlain, optionLines, ruleLine } from './option-lines.ts';

/** A database that a rule has enrolled and no rule names any more: how its backups are reached again. */
export function GoneDatabase({ database }: { database: DatabaseSummary }) {
  const { name, server } = database;
  return (
    <Panel title={`Restore ${name}`}>
      <div className={classes.lines}>
        <p>
          A rule has enrolled <strong>{database.database}</strong> on {server}, and no rule names its server
          any more. Its backups are kept, and none is taken. Once the configuration has this again, and
          Holdfast is started again, they are listed and can be restored, into a new database too:
        </p>
        {isPlain(name) ? (
          <Copyable label="In databases" text={optionLines([database])} />
        ) : (
          <Copyable label="In the options" text={ruleLine(database)} />
        )}
        <p>
          If the database itself has been dropped, this needs a <code>catalog</code> elsewhere, which has kept
          the list of its backups. Without one, import them from their store.
        </p>
      </div>
    </Panel>
  );
}
