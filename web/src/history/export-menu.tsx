import { Button } from '@mantine/core';
import { useState } from 'react';
import { ErrorNote } from '../parts/notes.tsx';
import { useLeaving } from '../parts/use-leaving.ts';
import { useNotice } from '../parts/notices.tsx';
import { counted } from '../format/numbers.ts';
import { toCsv, type CsvColumn } from '../format/csv.ts';
import classes from './export-menu.module.css';
import { saveFile } from '../parts/save-file.ts';

interface Props<Row> {
  /** `restores`: begins the name of the file. */
  name: string;
  columns: readonly CsvColumn<Row>[];
  /** All rows, not only those on screen. */
  collect: (signal: AbortSignal) => Promise<Row[]>;
}

/** Exports a whole list as a file, collected from the pages of the API. */
export function ExportMenu<Row>({ name, columns, collect }: Props<Row>) {
  const [busy, setBusy] = useState<'csv' | 'json' | null>(null);
  const [error, setError] = useState<unknown>(null);
  // Leaving the screen cancels the export.
  const ending = useLeaving();
  const tell = useNotice();
  async function save(format: 'csv' | 'json'): Promise<void> {
    const signal = ending();
    setBusy(format);
    setError(null);
    try {
      const rows = await collect(signal);
      const day = new Date().toISOString().slice(0, 10);
      const text = format === 'csv' ? toCsv(columns, rows) : `${JSON.stringify(rows, null, 2)}\n`;
      saveFile(`holdfast-${name}-${day}.${format}`, format === 'csv' ? 'text/csv' : 'application/json', text);
      tell(`${counted(rows.length, 'row')} exported.`);
    } catch (failure) {
      if (!signal.aborted) setError(failure);
    } finally {
      setBusy(null);
    }
  }
  return (
    <div className={classes.menu}>
      <Button
        variant="default"
        size="xs"
        loading={busy === 'csv'}
        disabled={busy !== null}
        onClick={() => void save('csv')}
      >
        Export CSV
      </Button>
      <Button
        variant="default"
        size="xs"
        loading={busy === 'json'}
        disabled={busy !== null}
        onClick={() => void save('json')}
      >
        Export JSON
      </Button>
      {error === null ? null : <ErrorNote error={error} />}
    </div>
  );
}
