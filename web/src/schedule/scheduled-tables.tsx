import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { client } from '../data/client.ts';
import { keys } from '../data/keys.ts';
import { ErrorNote } from '../parts/notes.tsx';
import { pickable, TablePicker, type PickableTable } from '../parts/table-picker.tsx';
import classes from './scheduled-tables.module.css';

interface Props {
  tables: string[];
  change: (tables: string[]) => void;
  problem: string | undefined;
}

/** The tables the schedule backs up. A table that no longer exists is still listed. */
export function ScheduledTables({ tables, change, problem }: Props) {
  const { data, error, refetch } = useQuery({
    queryKey: keys.tables,
    queryFn: ({ signal }) => client.listTables({ signal }),
  });
  if (error) return <ErrorNote error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={330} radius="md" />;
  const live = pickable(data);
  const known = new Set(live.map(({ table }) => table));
  const named = tables.map((name) => (known.has(name) ? name : inPublic(name, known)));
  const gone = named
    .filter((name) => !known.has(name))
    .map((table): PickableTable => ({ table, rows: null, bytes: null, note: 'not in the database now' }));
  return (
    <div className={classes.tables}>
      <TablePicker
        tables={[...gone, ...live]}
        chosen={new Set(named)}
        onChange={(chosen) => change([...chosen])}
        estimated
      />
      {problem !== undefined && (
        <p className={classes.problem} role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

/** A name without a schema is one of public. */
function inPublic(name: string, known: ReadonlySet<string>): string {
  return known.has(`public.${name}`) ? `public.${name}` : name;
}
