import { List } from '@mantine/core';
import type { BackupContents } from '../data/client.ts';
import { counted } from '../format/numbers.ts';
import { Note } from '../parts/notes.tsx';
import classes from './backup-end.module.css';

/** The warnings of a backup. Nothing without warnings. */
export function BackupWarnings({ contents }: { contents: BackupContents | null }) {
  const warnings = contents?.warnings ?? [];
  if (warnings.length === 0) return null;
  return (
    <div className={classes.end}>
      <Note tone="warn" title={`It has every row, and ${counted(warnings.length, 'warning')}`}>
        <List size="sm">
          {warnings.map(({ code, object, message }) => (
            <List.Item key={`${code} ${object} ${message}`}>
              {message} <span className={classes.code}>{code}</span>
            </List.Item>
          ))}
        </List>
      </Note>
    </div>
  );
}
