import { Button, Skeleton } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { client, type BackupContents, type RowsAnswer } from '../data/client.ts';
import { keys } from '../data/keys.ts';
import { counted } from '../format/numbers.ts';
import { EmptyState, ErrorNote, Note } from '../parts/notes.tsx';
import { Panel } from '../parts/panel.tsx';
import classes from './backup-rows.module.css';
import { RestoreRows } from './restore-rows.tsx';
import { RowHistory } from './row-history.tsx';
import { keyOf, type AskedRows } from './asked-rows.ts';
import { RowsForm } from './rows-form.tsx';
import { ValueTable } from './value-table.tsx';

const pageRows = 25;

/** Rows of a table as the backup has them, which are read without restoring anything. */
export function BackupRows({ id, contents }: { id: number; contents: BackupContents }) {
  const [asked, setAsked] = useState<AskedRows | null>(null);
  if (contents.tables.length === 0) return <EmptyState title="No tables" />;
  return (
    <>
      <RowsForm id={id} contents={contents} ask={setAsked} />
      {asked ? <FoundRows key={JSON.stringify(asked)} id={id} asked={asked} /> : null}
    </>
  );
}

function FoundRows({ id, asked }: { id: number; asked: AskedRows }) {
  const { table } = asked;
  const key = keyOf(asked);
  const found = useInfiniteQuery({
    queryKey: keys.backupRows(id, table, JSON.stringify(key ?? '')),
    queryFn: ({ pageParam, signal }) =>
      client.findRows(
        id,
        {
          table,
          limit: pageRows,
          ...(key === undefined ? {} : { key }),
          ...(pageParam === undefined ? {} : { after: pageParam }),
        },
        { signal },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    // A backup does not change.
    staleTime: Infinity,
  });
  const [ticked, setTicked] = useState<ReadonlySet<number> | null>(null);
  const [restoring, setRestoring] = useState(false);
  if (found.error) return <ErrorNote error={found.error} retry={() => void found.refetch()} />;
  if (!found.data) return <Skeleton height={200} radius="md" />;
  const [page] = found.data.pages as [RowsAnswer];
  const rows = found.data.pages.flatMap((each) => each.rows);
  // The only row that was looked for is the one that is meant.
  const chosen = ticked ?? new Set(key !== undefined && rows.length === 1 ? [0] : []);
  const choose = (at: number, isChosen: boolean): void => {
    const next = new Set(chosen);
    if (isChosen) next.add(at);
    else next.delete(at);
    setTicked(next);
  };
  const read = found.data.pages.reduce((sum, { rangesRead }) => Math.max(sum, rangesRead), 0);
  return (
    <>
      <Panel flush>
        {rows.length === 0 ? (
          <EmptyState title="No such row in this backup">
            Check what was typed, or look into an older backup.
          </EmptyState>
        ) : (
          <ValueTable
            caption={`Rows of ${table} in this backup`}
            columns={page.columns}
            rows={rows}
            {...(page.keyColumns === null
              ? {}
              : {
                  choice: {
                    name: (values) => `Restore the row ${Object.values(keyIn(values, page)).join(', ')}`,
                    chosen,
                    choose,
                  },
                })}
          />
        )}
      </Panel>
      {rows.length > 0 && (
        <RestoreThese
          page={page}
          shown={rows.length}
          chosen={chosen.size}
          all={(all) => setTicked(new Set(all ? rows.keys() : []))}
          open={() => setRestoring(true)}
        />
      )}
      {page.keyColumns === null ? null : (
        <RestoreRows
          id={id}
          table={table}
          rowKeys={rows.filter((_, at) => chosen.has(at)).map((values) => keyIn(values, page))}
          opened={restoring}
          onClose={() => setRestoring(false)}
        />
      )}
      {found.data.pages.map(({ truncated }, at) =>
        truncated === undefined ? null : <Note key={at} tone="warn" title={truncated} />,
      )}
      <p className={classes.read}>
        {`${read} of ${counted(page.ranges, 'range')} of the table read. `}
        {found.hasNextPage ? (
          <Button
            variant="subtle"
            size="compact-sm"
            loading={found.isFetchingNextPage}
            onClick={() => void found.fetchNextPage()}
          >
            Show more
          </Button>
        ) : null}
      </p>
      {key === undefined || !asked.isKey ? null : <RowHistory table={table} rowKey={key} />}
    </>
  );
}

interface RestoreTheseProps {
  page: RowsAnswer;
  /** How many rows are shown. */
  shown: number;
  chosen: number;
  /** Ticks all that are shown, or none. */
  all: (ticked: boolean) => void;
  open: () => void;
}

function RestoreThese({ page, shown, chosen, all, open }: RestoreTheseProps) {
  if (page.keyColumns === null) {
    return (
      <p className={classes.read}>
        The table has no primary key in this backup, so its rows cannot be picked here. The command line can
        add them by a condition: <code>holdfast restore --table … --rows … --on-conflict append</code>.
      </p>
    );
  }
  return (
    <div className={classes.restore}>
      <Button disabled={chosen === 0} onClick={open}>
        Restore these
      </Button>
      {shown > 1 && (
        <Button variant="default" onClick={() => all(chosen < shown)}>
          {chosen < shown ? `Tick all ${shown}` : 'Tick none'}
        </Button>
      )}
      <span className={classes.chosen} role="status">
        {chosen === 0 ? 'Tick the rows that you want back' : `${counted(chosen, 'row')} ticked`}
      </span>
    </div>
  );
}

function keyIn(
  values: readonly (string | null)[],
  { keyColumns, columns }: RowsAnswer,
): Record<string, string> {
  const names = columns.map(({ name }) => name);
  return Object.fromEntries((keyColumns ?? []).map((name) => [name, values[names.indexOf(name)] ?? '']));
}
