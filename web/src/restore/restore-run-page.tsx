import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { ApiError, client, type RestoreDetail } from '../data/client.ts';
import { keys } from '../data/keys.ts';
import { isAlive, useRestore } from '../data/queries.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { EmptyState, ErrorNote, Note } from '../parts/notes.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { Panel } from '../parts/panel.tsx';
import { RunProgress } from '../parts/run-progress.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { PageSkeleton } from '../parts/page-skeleton.tsx';
import classes from './restore-page.module.css';
import { PlanView } from './plan-view.tsx';
import { RestoreFacts } from './restore-facts.tsx';
import { RestoreProof } from './restore-proof.tsx';
import { leftBehind, outcomeSentence } from './restore-words.ts';
import { UndoRestore } from './undo-restore.tsx';
import { againAddress, canUndo } from './wizard-state.ts';

/** One restore: how far it is, then what it did. */
export function RestoreRunPage({ id }: { id: number }) {
  const { data, error, refetch } = useRestore(id);
  if (data) return <RestoreRun restore={data} />;
  if (!error) return <PageSkeleton />;
  const unknown = error instanceof ApiError && error.status === 404;
  return (
    <>
      <PageHeader title={`Restore ${id}`} />
      {unknown ? (
        <Panel>
          <EmptyState
            title={`There is no restore ${id}`}
            action={
              <Button component={Link} href="/history">
                See all restores
              </Button>
            }
          />
        </Panel>
      ) : (
        <ErrorNote error={error} retry={() => void refetch()} />
      )}
    </>
  );
}

function RestoreRun({ restore }: { restore: RestoreDetail }) {
  const left = leftBehind(restore);
  return (
    <>
      <PageHeader
        title={`Restore ${restore.id}`}
        beside={<StateBadge state={restore.status} />}
        actions={<Actions restore={restore} />}
      >
        {outcomeSentence(restore)}
      </PageHeader>
      {isAlive(restore) && (
        <div className={classes.above}>
          <Panel>
            <RunProgress
              name={`Restore ${restore.id}`}
              progress={restore.progress}
              startedAt={restore.startedAt}
            />
          </Panel>
        </div>
      )}
      {restore.error && (
        <div className={classes.above}>
          <Note tone={restore.status === 'cancelled' ? 'quiet' : 'bad'} title={restore.error.error} urgent>
            <p>{restore.error.message}</p>
            {typeof restore.error.details?.['detail'] === 'string' && (
              <p>{restore.error.details['detail']}</p>
            )}
            {restore.error.hint !== undefined && <p>{restore.error.hint}</p>}
            {left !== null && <p>{left}</p>}
          </Note>
        </div>
      )}
      {restore.report && <RestoreProof restore={restore} report={restore.report} />}
      <RestoreFacts restore={restore} />
      {restore.plan && (
        <Panel title={isAlive(restore) ? 'Plan' : 'Plan it started with'}>
          <PlanView plan={restore.plan} />
        </Panel>
      )}
    </>
  );
}

function Actions({ restore }: { restore: RestoreDetail }) {
  const [asking, setAsking] = useState(false);
  const queries = useQueryClient();
  const again = againAddress(restore);
  if (!isAlive(restore)) {
    return (
      <>
        {canUndo(restore) && (
          <>
            <Button variant="default" onClick={() => setAsking(true)}>
              Undo
            </Button>
            <UndoRestore
              key={restore.id}
              restore={restore}
              opened={asking}
              onClose={() => setAsking(false)}
            />
          </>
        )}
        {restore.status !== 'completed' &&
          again !== null &&
          restore.undoes === null &&
          !isElsewhere(restore) && (
            <Button component={Link} href={again}>
              Restore again
            </Button>
          )}
      </>
    );
  }
  return (
    <>
      <Button variant="default" onClick={() => setAsking(true)}>
        Cancel
      </Button>
      <ConfirmDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={`Cancel restore ${restore.id}?`}
        confirmLabel="Cancel the restore"
        danger
        onConfirm={async () => {
          await client.cancelRestore(restore.id);
          await queries.invalidateQueries({ queryKey: keys.restore(restore.id) });
        }}
      >
        <p>
          {restore.target.mode === 'in-place'
            ? 'It is one transaction: what it did so far is rolled back, and every table is as it was before.'
            : 'The unfinished database is dropped. The live database is only read.'}
        </p>
      </ConfirmDialog>
    </>
  );
}

/** Only who knows the address of the other server can order it again. */
function isElsewhere({ target }: RestoreDetail): boolean {
  return target.mode === 'new-database' && target.server !== undefined;
}
