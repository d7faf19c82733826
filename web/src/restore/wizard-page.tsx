import { Button } from '@mantine/core';
import { Link } from 'wouter';
import { isAlive, useRestores } from '../data/queries.ts';
import { Note } from '../parts/notes.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { Panel } from '../parts/panel.tsx';
import classes from './restore-page.module.css';
import { RestoreWizard } from './restore-wizard.tsx';

export function WizardPage() {
  const running = useRestores({ limit: 5 }).data?.restores.find(isAlive);
  return (
    <>
      <PageHeader
        title="Restore"
        actions={
          <Button component={Link} href="/history" variant="default">
            Earlier restores
          </Button>
        }
      >
        One customer, some rows, a table or everything, as it was in a backup. Nothing changes before you have
        seen what will happen and said yes.
      </PageHeader>
      {running && (
        <div className={classes.above}>
          <Note
            tone="live"
            title={`Restore ${running.id} is ${running.status}`}
            action={
              <Button component={Link} href={`/restore/${running.id}`} variant="default" size="xs">
                Show its progress
              </Button>
            }
          >
            Another restore starts when it has ended.
          </Note>
        </div>
      )}
      <Panel>
        <RestoreWizard />
      </Panel>
    </>
  );
}
