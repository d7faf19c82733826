import { Button, Modal, TextInput } from '@mantine/core';
import { useEffect, useState, type ReactNode } from 'react';
import classes from './confirm-dialog.module.css';
import { ErrorNote } from './notes.tsx';
import { focusHeading } from './page-header.tsx';

/** The dialog has gone by then, and has given the focus back. */
const closingMs = 400;

interface ConfirmDialogProps {
  opened: boolean;
  onClose: () => void;
  title: string;
  /** What will happen, in plain words. */
  children: ReactNode;
  /** A verb, as on the button that opened it. */
  confirmLabel: string;
  /** Of the button that changes nothing. */
  keepLabel?: string;
  /** For what cannot be undone. */
  danger?: boolean;
  /** What has to be typed before it can be confirmed. */
  typed?: string;
  /** Closes the dialog when it resolves; what it rejects with is shown. */
  onConfirm: () => Promise<unknown>;
}

/** Asks before something happens. The focus goes back to where it was. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { opened } = props;
  useEffect(() => {
    if (!opened) return undefined;
    // What opened it may be gone with what it was about.
    return () => {
      setTimeout(() => {
        if (document.activeElement === document.body) focusHeading();
      }, closingMs);
    };
  }, [opened]);
  return (
    <Modal.Root opened={props.opened} onClose={props.onClose}>
      <Modal.Overlay />
      <Modal.Content>
        <Modal.Body>
          {/* Not Modal.Header: that is a second banner to a screen reader. */}
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
  const { onClose, children, confirmLabel, keepLabel = 'Keep as it is', danger, typed, onConfirm } = props;
  const [text, setText] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [pending, setPending] = useState(false);
  const ready = typed === undefined || text.trim() === typed;
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
      <div className={classes.text}>{children}</div>
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
