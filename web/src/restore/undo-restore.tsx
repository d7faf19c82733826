import { Skeleton } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { lockSentences } from '../../../src/base/words.ts';
import { lossSentences, wayBackSentence } from '../../../src/contract/undo-words.ts';
import { client, type RestoreDetail, type RestoreOutlook } from '../data/client.ts';
import { keys } from '../data/keys.ts';
import { useStatus } from '../data/queries.ts';
import { useKey } from '../parts/ask-key.tsx';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { ErrorNote, Note } from '../parts/notes.tsx';
import { figuresOf } from './plan-words.ts';
import { counted } from '../format/numbers.ts';

interface UndoRestoreProps {
  restore: RestoreDetail;
  opened: boolean;
  onClose: () => void;
}

/** Says what undoing a restore would lose, and undoes it when that is confirmed. */
export function UndoRestore({ restore, opened, onClose }: UndoRestoreProps) {
  const [, navigate] = useLocation();
  const cache = useQueryClient();
  const withKey = useKey();
  const [ordered, setOrdered] = useState(false);
  const status = useStatus();
  const live = status.data?.initialized === true ? status.data.database.name : 'undo';
  const plan = useQuery({
    queryKey: ['plan', 'undo', restore.id],
    queryFn: async ({ signal }) => {
      let made: RestoreOutlook | undefined;
      await withKey(async (identity) => {
        made = await client.planUndo(restore.id, { identity }, { signal });
      });
      if (made) return made;
      throw new Error('Without the recovery key of the safety backup it cannot be undone.');
    },
    // Once it is ordered, to ask for it again is refused.
    enabled: opened && !ordered,
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
  const possible = plan.data !== undefined && plan.data.refusals.length === 0;
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={`Undo restore ${restore.id}?`}
      confirmLabel={`Undo restore ${restore.id}`}
      danger
      blocked={!possible}
      {...(possible ? { typed: live } : {})}
      onConfirm={async () => {
        let started: number | undefined;
        setOrdered(true);
        try {
          await withKey(async (identity) => {
            // What was shown is what is done.
            const planId = plan.data?.planId ?? null;
            const run =
              planId === null
                ? await client.undoRestore(restore.id, { identity })
                : await client.restore({ planId, identity });
            started = run.id;
          });
        } finally {
          if (started === undefined) setOrdered(false);
        }
        await cache.invalidateQueries({ queryKey: keys.restoreLists });
        await cache.invalidateQueries({ queryKey: keys.restore(restore.id) });
        if (started !== undefined) navigate(`/restore/${started}`);
      }}
    >
      <UndoPlan plan={plan.data} error={plan.error} />
    </ConfirmDialog>
  );
}

function UndoPlan({ plan, error }: { plan: RestoreOutlook | undefined; error: unknown }) {
  if (error) return <ErrorNote error={error} />;
  if (plan === undefined) {
    return (
      <div role="status" aria-label="Counting what was written since">
        <Skeleton height={80} radius="md" />
      </div>
    );
  }
  const [refusal] = plan.refusals;
  if (refusal) {
    return (
      <Note tone="bad" title={refusal.error}>
        <p>{refusal.message}</p>
        {refusal.hint !== undefined && <p>{refusal.hint}</p>}
      </Note>
    );
  }
  const { replaced, rowsInBackup } = figuresOf(plan);
  return (
    <>
      {plan.undo?.byRows !== true && (
        <p>
          {counted(replaced.length, 'table')} {replaced.length === 1 ? 'gets' : 'get'} back the{' '}
          {counted(rowsInBackup, 'row')} from before the restore.
        </p>
      )}
      {plan.undo && lossSentences(plan.undo).map((sentence) => <p key={sentence}>{sentence}</p>)}
      {lockSentences(plan).map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      {plan.warnings.map((warning) => (
        <p key={warning}>{warning}</p>
      ))}
      <p>
        {plan.wayBack === undefined
          ? 'Holdfast backs up what it replaces first, so the undo can be undone.'
          : wayBackSentence(plan.wayBack)}
      </p>
    </>
  );
}
