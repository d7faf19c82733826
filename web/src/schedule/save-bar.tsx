import { Button } from '@mantine/core';
import { ErrorNote, Note } from '../parts/notes.tsx';
import classes from './save-bar.module.css';

interface Props {
  changed: boolean;
  /** Something in the form is not right yet. */
  blocked: boolean;
  overtaken: boolean;
  saving: boolean;
  error: Error | null;
  label: string;
  save: () => void;
  discard: () => void;
}

/** Saves a form, or takes it back. Always there, so that nothing moves when one begins to type. */
export function SaveBar({ changed, blocked, overtaken, saving, error, label, save, discard }: Props) {
  return (
    <div className={classes.bar}>
      {overtaken && (
        <Note tone="warn" title="It was changed elsewhere meanwhile">
          Saving replaces that. Discard your changes to see it.
        </Note>
      )}
      {error !== null && <ErrorNote error={error} />}
      <div className={classes.buttons}>
        <Button onClick={save} disabled={!changed || blocked} loading={saving}>
          {label}
        </Button>
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
