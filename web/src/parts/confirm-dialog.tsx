import { Button, Modal, TextInput } from '@mantine/core';
import { useEffect, useState, type ReactNode } from 'react';
import { useDatabaseName } from '../data/databases.ts';
import classes from './confirm-dialog.module.css';
import { ErrorNote } from './notes.tsx';
import { focusHeading } from './page-header.tsx';

/** Called after the dialog has closed and returned the focus. */
const closingMs = 400;

interface ConfirmDialogProps {
  opened: boolean;
  onClose: () => void;
  title: string;
  /** What will happen. */
  children: ReactNode;
  /** A verb, as on the button that opened it. */
  confirmLabel: string;
  /** Label of the button that changes nothing. */
  keepLabel?: string;
  /** For what cannot be undone. */
  danger?: boolean;
  /** For a table in it. */
  wide?: boolean;
  /** While there is nothing to confirm yet. */
  blocked?: boolean;
  /** A text that must be typed before confirming. */
  typed?: string;
  /** It is about all databases, not about the one of the page. */
  ofAll?: boolean;
  /** The dialog closes when it resolves, and shows the error when it rejects. */
  onConfirm: () => Promise<unknown>;
}

/** Asks for confirmation. Then the focus returns to where it was. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { opened } = props;
  useEffect(() => {
    if (!opened) return undefined;
    // The element that opened it may have been removed.
    return () => {
      setTimeout(() => {
        if (document.activeElement === document.body) focusHeading();
      }, closingMs);
    };
  }, [opened]);
  return (
    <Modal.Root opened={props.opened} onClose={props.onClose} size={props.wide ? 'xl' : 'md'}>
      <Modal.Overlay />
      <Modal.Content>
        <Modal.Body>
          {/* Not Modal.Header: screen readers would announce a second banner. */}
          <div className={classes.head}>
            <Modal.Title>{props.title}</Modal.Title>
            <Modal.CloseButton aria-label="Close" />
          </div>
          {props.opened ? <Question {...props} /> : null}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

function Question(props: ConfirmDialogProps) {
  const {
    onClose,
    children,
    confirmLabel,
    keepLabel = 'Keep as it is',
    danger,
    typed,
    blocked,
    ofAll,
    onConfirm,
  } = props;
  const database = useDatabaseName();
  const [text, setText] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [pending, setPending] = useState(false);
  const ready = blocked !== true && (typed === undefined || text.trim() === typed);
  async function confirm(): Promise<void> {
    setPending(true);
    setError(null);
    try {
      await onConfirm();
      onClose();
    } catch (failure) {
      setError(failure);
    } finally {
      setPending(false);
    }
  }
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (ready && !pending) void confirm();
      }}
    >
      <div className={classes.text}>
        {database === null || ofAll ? null : (
          <p>
            Database: <strong>{database}</strong>
          </p>
        )}
        {children}
      </div>
      {typed === undefined ? null : (
        <TextInput
          label={
            <>
              Type <strong>{typed}</strong> to confirm
            </>
          }
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          data-autofocus
        />
      )}
      {error === null ? null : <ErrorNote error={error} />}
      <div className={classes.actions}>
        <Button variant="default" onClick={onClose} data-autofocus={typed === undefined || undefined}>
          {keepLabel}
        </Button>
        <Button type="submit" color={danger ? 'red.8' : 'accent'} disabled={!ready} loading={pending}>
          {confirmLabel}
        </Button>
      </div>
    </form>
  );
}
