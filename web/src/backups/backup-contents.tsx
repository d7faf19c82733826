import { Tabs } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { useSearch } from 'wouter';
import type { BackupDetail } from '../data/client.ts';
import { useMay } from '../parts/allowed.tsx';
import classes from './backup-page.module.css';
import { BackupGlobals } from './backup-globals.tsx';
import { BackupDiff } from './backup-diff.tsx';
import { BackupQuery } from './backup-query.tsx';
import { BackupRows } from './backup-rows.tsx';
import { BackupSchema } from './backup-schema.tsx';
import { BackupSettings } from './backup-settings.tsx';
import { BackupTables } from './backup-tables.tsx';
import { RestoreGlobals } from './restore-globals.tsx';

interface Props {
  backup: BackupDetail;
  contents: NonNullable<BackupDetail['contents']>;
  /** Opened with a key, which the schema and the rows would have to be asked for again. */
  withKey?: boolean;
}

/** What is in a backup. A link may name what is shown first: `?show=rows`, of one of roles and tablespaces `?show=restore`. */
export function BackupContentsTabs({ backup, contents, withKey = false }: Props) {
  const shown = new URLSearchParams(useSearch()).get('show');
  if (contents.globals) {
    return <GlobalsTabs backup={backup} contents={contents} withKey={withKey} shown={shown} />;
  }
  return (
    <section className={classes.contents} aria-label="Contents">
      <Tabs defaultValue={shown === 'rows' && !withKey ? 'rows' : 'tables'} keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="tables">Tables</Tabs.Tab>
          {withKey ? null : <Tabs.Tab value="rows">Rows</Tabs.Tab>}
          {withKey ? null : <Tabs.Tab value="diff">Compare</Tabs.Tab>}
          {withKey ? null : <Tabs.Tab value="query">Query</Tabs.Tab>}
          {withKey ? null : <Tabs.Tab value="schema">Schema</Tabs.Tab>}
          <Tabs.Tab value="settings">Settings</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="tables" pt="md">
          <BackupTables contents={contents} />
        </Tabs.Panel>
        {withKey ? null : (
          <Tabs.Panel value="rows" pt="md">
            <BackupRows id={backup.id} contents={contents} />
          </Tabs.Panel>
        )}
        {withKey ? null : (
          <Tabs.Panel value="diff" pt="md">
            <BackupDiff id={backup.id} contents={contents} />
          </Tabs.Panel>
        )}
        {withKey ? null : (
          <Tabs.Panel value="query" pt="md">
            <BackupQuery id={backup.id} />
          </Tabs.Panel>
        )}
        {withKey ? null : (
          <Tabs.Panel value="schema" pt="md">
            <BackupSchema id={backup.id} />
          </Tabs.Panel>
        )}
        <Tabs.Panel value="settings" pt="md">
          <BackupSettings backup={backup} contents={contents} />
        </Tabs.Panel>
      </Tabs>
    </section>
  );
}

/** Of one of roles and tablespaces, which has no tables. */
function GlobalsTabs({ backup, contents, withKey = false, shown }: Props & { shown: string | null }) {
  const may = useMay();
  const restores = may('restoreGlobals');
  const section = useRef<HTMLElement>(null);
  useEffect(() => {
    // It is below all that is said of the backup.
    if (shown === 'restore') section.current?.scrollIntoView();
  }, [shown]);
  return (
    <section ref={section} className={classes.contents} aria-label="Contents">
      <Tabs
        key={shown}
        defaultValue={shown === 'restore' && restores ? 'restore' : 'globals'}
        keepMounted={false}
      >
        <Tabs.List>
          <Tabs.Tab value="globals">Roles and tablespaces</Tabs.Tab>
          {restores ? <Tabs.Tab value="restore">Bring back</Tabs.Tab> : null}
          {withKey ? null : <Tabs.Tab value="schema">SQL</Tabs.Tab>}
          <Tabs.Tab value="settings">Settings</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="globals" pt="md">
          {contents.globals ? <BackupGlobals globals={contents.globals} /> : null}
        </Tabs.Panel>
        {restores ? (
          <Tabs.Panel value="restore" pt="md">
            <RestoreGlobals id={backup.id} />
          </Tabs.Panel>
        ) : null}
        {withKey ? null : (
          <Tabs.Panel value="schema" pt="md">
            <BackupSchema id={backup.id} />
          </Tabs.Panel>
        )}
        <Tabs.Panel value="settings" pt="md">
          <BackupSettings backup={backup} contents={contents} />
        </Tabs.Panel>
      </Tabs>
    </section>
  );
}
