import { Select } from '@mantine/core';
import type { BackupContents } from '../data/client.ts';
import classes from './backup-rows.module.css';

interface Props {
  contents: BackupContents;
  value: string | null;
  onChange: (table: string | null) => void;
}

/** One table of a backup. */
export function TableField({ contents, value, onChange }: Props) {
  return (
    <Select
      className={classes.field}
      label="Table"
      searchable
      limit={100}
      allowDeselect={false}
      value={value}
      onChange={onChange}
      data={contents.tables.map((each) => each.table)}
    />
  );
}
