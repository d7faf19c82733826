import { Checkbox, Radio, Skeleton } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { lockSentences } from '../../../src/base/words.ts';
import {
  client,
  type PlannedRows,
  type RestoreBody,
  type RestoreOutlook,
  type SampleRow,
} from '../data/client.ts';
import { keys } from '../data/keys.ts';
import { plannedOrder } from '../data/planned-order.ts';
import { useStatus } from '../data/queries.ts';
import { formatCount, counted } from '../format/numbers.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { ErrorNote, Note } from '../parts/notes.tsx';
import classes from './restore-rows.module.css';

type OnConflict = 'fail' | 'skip' | 'overwrite';

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
  const planned = plan.data?.rows ?? [];
  const sum = (what: 'added' | 'changed' | 'conflicting' | 'skipped'): number =>
    planned.reduce((total, each) => total + each[what], 0);
  const [added, changed] = [sum('added'), sum('changed')];
  const database = status.data?.initialized === true ? status.data.database.name : undefined;
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      wide
      title={`Restore ${counted(rowKeys.length, 'row')} of ${table}`}
      confirmLabel={added + changed > 0 ? `Put ${counted(added + changed, 'row')} back` : 'Put them back'}
      keepLabel="Close"
      danger={changed > 0}
      blocked={!plan.data || plan.data.refusals.length > 0 || added + changed === 0}
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
        <Checkbox
          label="Also missing rows that they refer to"
          checked={withParents}
          onChange={(event) => setWithParents(event.currentTarget.checked)}
        />
      </div>
      {sum('conflicting') + sum('skipped') + changed > 0 || onConflict !== 'fail' ? (
        <Radio.Group
          label="Rows that are there with other values"
          value={onConflict === 'fail' ? null : onConflict}
          onChange={(value) => setOnConflict(value as OnConflict)}
        >
          <div className={classes.choices}>
            <Radio value="skip" label="Leave them as they are" />
            <Radio value="overwrite" label="Make them as in the backup" />
          </div>
        </Radio.Group>
      ) : null}
      {plan.error ? (
        <ErrorNote error={plan.error} retry={() => void plan.refetch()} />
      ) : plan.data ? (
        <Planned plan={plan.data} planned={planned} written={added + changed} />
      ) : (
        <Skeleton height={120} radius="md" />
      )}
    </ConfirmDialog>
  );
}

interface PlannedProps {
  plan: RestoreOutlook;
  planned: PlannedRows[];
  written: number;
}

function Planned({ plan, planned, written }: PlannedProps) {
  const samples = planned.flatMap(({ table, sample }) => sample.map((row) => ({ table, row })));
  return (
    <>
      {plan.refusals.map(({ message, error, hint, code }) => (
        <Note key={message} tone="bad" title={error}>
          {message} {code === 'ROWS_CONFLICT' ? 'Choose above what becomes of them.' : hint}
        </Note>
      ))}
      {plan.refusals.length === 0 && written === 0 ? (
        <Note tone="good" title="These rows are as in the backup already: there is nothing to restore" />
      ) : null}
      <div className={classes.scroll} tabIndex={0} role="region" aria-label="What becomes of the rows">
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">Table</th>
              {figures.map(({ title }) => (
                <th key={title} scope="col" className={classes.figure}>
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {planned.map((each) => (
              <tr key={each.table}>
                <td>{each.table}</td>
                {figures.map(({ title, of }) => (
                  <td key={title} className={classes.figure}>
                    {formatCount(of(each))}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {samples.length > 0 ? (
        <details className={classes.first}>
          <summary>The first of them</summary>
          <ul>
            {samples.map(({ table, row }, at) => (
              <li key={at}>{sampleWords(table, row)}</li>
            ))}
          </ul>
        </details>
      ) : null}
      {[...lockSentences(plan), ...plan.warnings].map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      <p>
        It is one transaction, and exactly this is done or nothing. What it changes is backed up first, so
        that it can be undone.
      </p>
    </>
  );
}

const figures: { title: string; of: (rows: PlannedRows) => number }[] = [
  { title: 'Added', of: ({ added }) => added },
  { title: 'Changed', of: ({ changed }) => changed },
  { title: 'As in the backup', of: ({ unchanged }) => unchanged },
  { title: 'Other values', of: ({ skipped, conflicting }) => skipped + conflicting },
];

function sampleWords(table: string, { change, key, columns }: SampleRow): string {
  const which = Object.entries(key).map(([name, value]) => `${name} ${value}`);
  const name = `${table} ${which.join(', ')}`;
  if (change === 'added') return `${name}: comes back`;
  const differences = columns.map(
    ({ name: column, now, backup }) => `${column} ${now ?? 'null'} now, ${backup ?? 'null'} in the backup`,
  );
  return `${name}: ${differences.join('; ')}`;
}
