import { Checkbox, Skeleton } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { lockSentences } from '../../../src/base/words.ts';
import { wayBackSentence } from '../../../src/contract/undo-words.ts';
import { client, type RestoreBody, type RestoreOutlook } from '../data/client.ts';
import { keys } from '../data/keys.ts';
import { plannedOrder } from '../data/planned-order.ts';
import { useStatus } from '../data/queries.ts';
import { counted } from '../format/numbers.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { ErrorNote, Note } from '../parts/notes.tsx';
import {
  ConflictChoice,
  ParentsChoice,
  PlannedRowsTable,
  sumsOf,
  type OnConflict,
} from '../parts/planned-rows.tsx';
import classes from '../parts/planned-rows.module.css';

interface RestoreRowsProps {
  id: number;
  table: string;
  /** By the columns of the primary key. */
  rowKeys: Record<string, string>[];
  opened: boolean;
  onClose: () => void;
}

/** Shows what bringing chosen rows back would do, and does it. */
export function RestoreRows({ id, table, rowKeys, opened, onClose }: RestoreRowsProps) {
  const [withChildren, setWithChildren] = useState(true);
  const [withParents, setWithParents] = useState(false);
  const [onConflict, setOnConflict] = useState<OnConflict>('fail');
  const [, navigate] = useLocation();
  const cache = useQueryClient();
  const status = useStatus();
  const body = {
    backupId: id,
    restoreType: 'rows',
    rows: { table, keys: rowKeys, withChildren, withParents, onConflict },
  } satisfies RestoreBody;
  const plan = useQuery({
    queryKey: keys.rowsPlan(body),
    queryFn: ({ signal }) => client.planRestore(body, { signal }),
    enabled: opened && rowKeys.length > 0,
    // It describes the database at one moment.
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
  const { written, changed, differing } = sumsOf(plan.data ?? {});
  const database = status.data?.initialized === true ? status.data.database.name : undefined;
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      wide
      title={`Restore ${counted(rowKeys.length, 'row')} of ${table}`}
      confirmLabel={written > 0 ? `Put ${counted(written, 'row')} back` : 'Put them back'}
      keepLabel="Close"
      danger={changed > 0}
      blocked={!plan.data || plan.data.refusals.length > 0 || written === 0}
      {...(changed > 0 && database !== undefined ? { typed: database } : {})}
      onConfirm={async () => {
        const restore = await client.restore(plannedOrder(plan.data, body)).catch(async (error: unknown) => {
          // Of a plan that is outdated the new one is shown beside the error.
          await plan.refetch();
          throw error;
        });
        await cache.invalidateQueries({ queryKey: keys.restoreLists });
        navigate(`/restore/${restore.id}`);
      }}
    >
      <div className={classes.choices}>
        <Checkbox
          label="Also the rows of other tables that refer to them"
          checked={withChildren}
          onChange={(event) => setWithChildren(event.currentTarget.checked)}
        />
        <ParentsChoice value={withParents} onChange={setWithParents} />
      </div>
      {differing + changed > 0 || onConflict !== 'fail' ? (
        <ConflictChoice value={onConflict} onChange={setOnConflict} />
      ) : null}
      {plan.error ? (
        <ErrorNote error={plan.error} retry={() => void plan.refetch()} />
      ) : plan.data ? (
        <Planned plan={plan.data} written={written} />
      ) : (
        <Skeleton height={120} radius="md" />
      )}
    </ConfirmDialog>
  );
}

function Planned({ plan, written }: { plan: RestoreOutlook; written: number }) {
  return (
    <>
      {plan.refusals.map(({ message, error, hint, code }) => (
        <Note key={message} tone="bad" title={error}>
          {message} {code === 'ROWS_CONFLICT' ? 'Choose above what becomes of them.' : hint}
        </Note>
      ))}
      {plan.refusals.length === 0 && written === 0 ? (
        <Note tone="good" title="These rows are as in the backup already: there is nothing to restore">
          What is still missing was gone before this backup was taken: an older one may have it.
        </Note>
      ) : null}
      <PlannedRowsTable planned={plan.rows ?? []} />
      {[...lockSentences(plan), ...plan.warnings].map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      <p>
        It is one transaction, and exactly this is done or nothing.{' '}
        {written > 0 && plan.wayBack !== undefined ? wayBackSentence(plan.wayBack) : null}
      </p>
    </>
  );
}
