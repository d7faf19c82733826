import { Button } from '@mantine/core';
import { ErrorNote, Note } from '../parts/notes.tsx';
import classes from './save-bar.module.css';
import { Allowed } from '../parts/allowed.tsx';

interface Props {
  changed: boolean;
  /** A field has an error. */
  blocked: boolean;
  overtaken: boolean;
  saving: boolean;
  error: Error | null;
  label: string;
  save: () => void;
  discard: () => void;
}

/** Saves or discards a form. Always visible, so that the layout does not move. */
export function SaveBar({ changed, blocked, overtaken, saving, error, label, save, discard }: Props) {
  return (
    <div className={classes.bar}>
      {overtaken && (
        <Note tone="warn" title="It was changed elsewhere">
          Saving overwrites that change. Discard your changes to see it.
        </Note>
      )}
      {error !== null && <ErrorNote error={error} />}
      <div className={classes.buttons}>
        <Allowed to="updateSchedule">
          <Button onClick={save} disabled={!changed || blocked} loading={saving}>
            {label}
          </Button>
        </Allowed>
        <Button variant="default" onClick={discard} disabled={!changed || saving}>
          Discard changes
        </Button>
        <span className={classes.state} role="status">
          {changed ? 'Not saved yet' : 'Saved'}
        </span>
      </div>
    </div>
  );
}
