import type { BackupContents, BackupDetail } from '../data/client.ts';
import { Nothing } from '../parts/figures.tsx';
import { FactList } from '../parts/fact-list.tsx';
import { Panel } from '../parts/panel.tsx';
import classes from './backup-settings.module.css';

/** The source of a backup and the settings it was created with. */
export function BackupSettings({ backup, contents }: { backup: BackupDetail; contents: BackupContents }) {
  return (
    <>
      <Panel title="Source">
        <FactList
          facts={[
            ['Database', contents.database],
            ['Server', `PostgreSQL ${backup.serverVersion ?? ''}`],
            ['Encoding', contents.encoding],
            ['Collation', contents.collation],
            ['WAL position', contents.lsn],
            ['Extensions', contents.extensions.length === 0 ? <Nothing /> : contents.extensions.join(', ')],
            ['Roles in the schema', contents.roles.length === 0 ? <Nothing /> : contents.roles.join(', ')],
          ]}
        />
      </Panel>
      <Panel title="Created with">
        <FactList
          facts={[
            ['Schema read by', contents.dumper],
            ['Format', contents.format],
            ['Store', backup.store],
            ['Name in the store', <code key="uuid">{backup.uuid}</code>],
          ]}
        />
      </Panel>
      <Panel title="Settings while reading">
        <dl className={classes.settings}>
          {Object.entries(contents.settings).map(([name, value]) => (
            <div key={name}>
              <dt>
                <code>{name}</code>
              </dt>
              <dd>
                <code>{value === '' ? "''" : value}</code>
              </dd>
            </div>
          ))}
        </dl>
      </Panel>
    </>
  );
}
