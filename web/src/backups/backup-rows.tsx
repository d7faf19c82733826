import { Button, Skeleton, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { client, type BackupContents, type RowsAnswer } from '../data/client.ts';
import { keys } from '../data/keys.ts';
import { counted } from '../format/numbers.ts';
import { EmptyState, ErrorNote, Note } from '../parts/notes.tsx';
import { Panel } from '../parts/panel.tsx';
import classes from './backup-rows.module.css';
import { RestoreRows } from './restore-rows.tsx';
import { RowHistory } from './row-history.tsx';
import { TableField } from './table-field.tsx';
import { ValueTable } from './value-table.tsx';

const pageRows = 25;

interface Asked {
  table: string;
  /** Empty for the first rows. */
  key: string;
}

/** Rows of a table as the backup has them, which are read without restoring anything. */
export function BackupRows({ id, contents }: { id: number; contents: BackupContents }) {
  const [first] = contents.tables;
  const [table, setTable] = useState(first?.table ?? null);
  const [key, setKey] = useState('');
  const [asked, setAsked] = useState<Asked | null>(null);
  if (!first) return <EmptyState title="No tables" />;
  const show = (event: FormEvent): void => {
    event.preventDefault();
    if (table !== null) setAsked({ table, key: key.trim() });
  };
  return (
    <>
      <form className={classes.tools} onSubmit={show}>
        <TableField contents={contents} value={table} onChange={setTable} />
        <TextInput
          className={classes.field}
          label="Key"
          description={'The first column of the primary key, or {"column": value}. Empty: the first rows'}
          inputWrapperOrder={['label', 'input', 'description']}
          value={key}
          onChange={(event) => setKey(event.currentTarget.value)}
        />
        <Button type="submit" className={classes.show}>
          Show rows
        </Button>
      </form>
      {asked ? <FoundRows key={`${asked.table} ${asked.key}`} id={id} asked={asked} /> : null}
    </>
  );
}

function FoundRows({ id, asked: { table, key } }: { id: number; asked: Asked }) {
  const found = useInfiniteQuery({
    queryKey: keys.backupRows(id, table, key),
    queryFn: ({ pageParam, signal }) =>
      client.findRows(
        id,
        {
          table,
          limit: pageRows,
          ...(key === '' ? {} : { key: keyOf(key) }),
          ...(pageParam === undefined ? {} : { after: pageParam }),
        },
        { signal },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    // A backup does not change.
    staleTime: Infinity,
  });
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const [restoring, setRestoring] = useState(false);
  if (found.error) return <ErrorNote error={found.error} retry={() => void found.refetch()} />;
  if (!found.data) return <Skeleton height={200} radius="md" />;
  const [page] = found.data.pages as [RowsAnswer];
  const rows = found.data.pages.flatMap((each) => each.rows);
  const choose = (at: number, isChosen: boolean): void => {
    const next = new Set(chosen);
    if (isChosen) next.add(at);
    else next.delete(at);
    setChosen(next);
  };
  const read = found.data.pages.reduce((sum, { rangesRead }) => Math.max(sum, rangesRead), 0);
  return (
    <>
      <Panel flush>
        {rows.length === 0 ? (
          <EmptyState title="No such row in this backup" />
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
      {rows.length > 0 && <RestoreThese page={page} chosen={chosen.size} open={() => setRestoring(true)} />}
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
      {key === '' ? null : <RowHistory key={`${table} ${key}`} table={table} rowKey={keyOf(key)} />}
    </>
  );
}

interface RestoreTheseProps {
  page: RowsAnswer;
  chosen: number;
  open: () => void;
}

function RestoreThese({ page, chosen, open }: RestoreTheseProps) {
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

/** A key of several columns is typed as JSON; what is no JSON is a value. */
function keyOf(text: string): string | Record<string, string> {
  if (!text.startsWith('{')) return text;
  try {
    return JSON.parse(text) as Record<string, string>;
  } catch {
    return text;
  }
}
