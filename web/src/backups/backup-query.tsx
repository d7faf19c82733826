import { Button, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent, type KeyboardEvent } from 'react';
import { client, type QueryAnswer } from '../data/client.ts';
import { toCsv } from '../format/csv.ts';
import { counted, formatBytes } from '../format/numbers.ts';
import { EmptyState, ErrorNote } from '../parts/notes.tsx';
import { Panel } from '../parts/panel.tsx';
import { useLeaving } from '../parts/use-leaving.ts';
import { saveFile } from '../parts/save-file.ts';
import classes from './backup-query.module.css';
import { ValueTable } from './value-table.tsx';

const rowsMax = 1_000;
const timeoutSeconds = 60;

/** A SELECT on a backup, in a scratch database. */
export function BackupQuery({ id }: { id: number }) {
  const [sql, setSql] = useState('');
  const leaving = useLeaving();
  const question = useMutation({
    mutationFn: (text: string) =>
      client.queryBackup(id, { sql: text, limit: rowsMax, timeoutSeconds }, { signal: leaving() }),
  });
  const ask = (): void => {
    if (sql.trim() !== '' && !question.isPending) question.mutate(sql);
  };
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    ask();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) ask();
  };
  return (
    <>
      <form onSubmit={onSubmit}>
        <Textarea
          className={classes.sql}
          label="SQL"
          description={`One SELECT on this backup. At most ${counted(rowsMax, 'row')} and ${timeoutSeconds} s; times are in UTC. The live database is not touched.`}
          placeholder="select status, count(*) from orders group by status"
          autosize
          minRows={4}
          maxRows={18}
          maxLength={100_000}
          spellCheck={false}
          value={sql}
          onChange={(event) => setSql(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <div className={classes.tools}>
          <Button type="submit" loading={question.isPending} disabled={sql.trim() === ''}>
            Ask
          </Button>
          <p className={classes.said} role="status">
            {question.isPending
              ? 'A scratch database is filled with the tables that the statement names.'
              : 'Ctrl or Cmd and Enter asks, too.'}
          </p>
        </div>
      </form>
      {question.error ? <ErrorNote error={question.error} /> : null}
      {question.data ? <Answer id={id} answer={question.data} /> : null}
    </>
  );
}

function Answer({ id, answer }: { id: number; answer: QueryAnswer }) {
  const { columns, rows, more, notes, read } = answer;
  const save = (): void =>
    saveFile(
      `holdfast-backup-${id}-answer.csv`,
      'text/csv',
      toCsv(
        columns.map(({ name }, i) => ({
          header: name,
          value: (row: (typeof rows)[number]) => row[i] ?? null,
        })),
        rows,
      ),
    );
  return (
    <>
      <Panel flush>
        {rows.length === 0 ? (
          <EmptyState title="No rows" />
        ) : (
          <ValueTable caption="Answer" columns={columns} rows={rows} />
        )}
      </Panel>
      <div className={classes.end}>
        <span>
          {more ? `The first ${counted(rows.length, 'row')}; there are more.` : counted(rows.length, 'row')}
        </span>
        {rows.length === 0 ? null : (
          <Button variant="subtle" size="compact-sm" onClick={save}>
            Save as CSV
          </Button>
        )}
        <span>
          {read.chunks === 0
            ? 'Nothing had to be read: earlier questions had fetched it.'
            : `Read: ${counted(read.tables, 'table')}, ${read.chunks} of ${counted(read.ofChunks, 'chunk')}, ${formatBytes(read.storedBytes)}.`}
        </span>
        {notes.map((note) => (
          <span key={note}>{note}</span>
        ))}
      </div>
    </>
  );
}
