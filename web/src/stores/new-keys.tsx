import { Button, Checkbox } from '@mantine/core';
import { useState } from 'react';
import type { CreateStoreAnswer } from '../data/client.ts';
import { Copyable } from '../parts/copyable.tsx';
import { Note } from '../parts/notes.tsx';
import { saveFile } from '../parts/save-file.ts';
import { useShownOnce } from '../parts/use-shown-once.ts';
import classes from './create-store.module.css';

interface NewKeysProps {
  store: string;
  keys: NonNullable<CreateStoreAnswer['keys']>;
  /** The reader has said that the recovery key is kept. */
  onKept: () => void;
}

/** The keys of a new store, this once. */
export function NewKeys({ store, keys, onKept }: NewKeysProps) {
  const [kept, setKept] = useState(false);
  const heading = useShownOnce();
  return (
    <section className={classes.form} aria-label={`Keys of the store ${store}`}>
      <h3 ref={heading} tabIndex={-1} className={classes.heading}>
        The keys of the store {store}
      </h3>
      <Note tone="warn" title="Without the recovery key nobody can open these backups">
        <p>
          Not you, and not the makers of Holdfast: it cannot be made again. It is shown this once and is kept
          nowhere here. Keep it where neither the database nor the backups are, such as a password manager and
          a sheet of paper in a safe.
        </p>
      </Note>
      <KeyText label="Recovery key" file={`${store}-recovery.key`} text={keys.recoveryKey} />
      <p className={classes.about}>
        The writer key is for the application: it writes and signs backups, and opens none. Put it into a file
        that only the process can read.
      </p>
      <KeyText label="Writer key" file={`${store}-writer.key`} text={keys.writerKey} />
      <Checkbox
        label="The recovery key is kept in a safe place"
        checked={kept}
        onChange={(event) => setKept(event.currentTarget.checked)}
      />
      <Button disabled={!kept} onClick={onKept}>
        Go on
      </Button>
    </section>
  );
}

function KeyText({ label, file, text }: { label: string; file: string; text: string }) {
  return (
    <Copyable label={label} text={text}>
      <Button size="compact-xs" variant="default" onClick={() => saveFile(file, 'text/plain', text)}>
        Download<span className="visually-hidden"> {label}</span>
      </Button>
    </Copyable>
  );
}
