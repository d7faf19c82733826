import { Button, Skeleton, TextInput } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { client } from '../data/client.ts';
import { keys } from '../data/keys.ts';
import { Icon } from '../parts/icon.tsx';
import { ErrorNote } from '../parts/notes.tsx';
import classes from './backup-schema.module.css';

/** The most characters that a browser shows without becoming slow. */
const shownCharacters = 400_000;

/** The schema in a backup, as SQL. */
export function BackupSchema({ id }: { id: number }) {
  const [text, setText] = useState('');
  const { copied, copy } = useClipboard({ timeout: 2_000 });
  const schema = useQuery({
    queryKey: keys.backupSchema(id),
    queryFn: ({ signal }) => client.getBackupSchema(id, { signal }),
    staleTime: Infinity,
  });
  const shown = useMemo(() => matching(schema.data ?? '', text), [schema.data, text]);
  if (schema.error) return <ErrorNote error={schema.error} retry={() => void schema.refetch()} />;
  if (schema.data === undefined) return <Skeleton height={320} radius="md" />;
  return (
    <>
      <div className={classes.tools}>
        <TextInput
          className={classes.search}
          aria-label="Search the schema"
          placeholder="Search definitions …"
          leftSection={<Icon name="search" size={16} />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Button variant="default" onClick={() => copy(shown)} aria-live="polite">
          {copied ? 'Copied' : 'Copy'}
        </Button>
      </div>
      {/* A scrolling box must be reachable by keyboard. */}
      <pre className={classes.sql} tabIndex={0} aria-label="Schema as SQL">
        {shown === '' ? 'No definition contains this text.' : shown.slice(0, shownCharacters)}
        {shown.length > shownCharacters ? '\n-- Truncated. Copy it, or search for a part.' : ''}
      </pre>
    </>
  );
}

/** The definitions that contain a text; each begins with a comment that names it. */
function matching(sql: string, text: string): string {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return sql;
  return sql
    .split(/\n\n(?=-- )/)
    .filter((definition) => definition.toLowerCase().includes(wanted))
    .join('\n\n');
}
