import { Textarea } from '@mantine/core';

interface Props {
  tables: string[];
  change: (tables: string[]) => void;
  problem: string | undefined;
}

/** Placeholder until the table picker is there: one name a line. */
export function ScheduledTables({ tables, change, problem }: Props) {
  return (
    <Textarea
      label="Tables"
      value={tables.join('\n')}
      error={problem}
      onChange={(event) => change(event.currentTarget.value.split('\n').filter(Boolean))}
    />
  );
}
