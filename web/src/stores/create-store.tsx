import { Button, Radio } from '@mantine/core';
import { useState } from 'react';
import { client, type CreateStoreAnswer, type StoreSummary } from '../data/client.ts';
import { useRefresh } from '../data/refresh.ts';
import { ErrorNote, Note } from '../parts/notes.tsx';
import classes from './create-store.module.css';
import { NewKeys } from './new-keys.tsx';
import { Allowed } from '../parts/allowed.tsx';

/**
 * Makes a store that is configured and not there yet. The keys of an encrypted one are in the state of this component alone
 * until it is closed: in no cache and no storage.
 */
export function CreateStore({ store: { name, state } }: { store: StoreSummary }) {
  const [encrypted, setEncrypted] = useState(true);
  const [made, setMade] = useState<CreateStoreAnswer | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [pending, setPending] = useState(false);
  const refresh = useRefresh();
  async function create(): Promise<void> {
    setPending(true);
    setError(null);
    try {
      setMade(await client.createStore(name, { sealed: encrypted }));
      await refresh();
    } catch (failure) {
      setError(failure);
    } finally {
      setPending(false);
    }
  }
  if (made?.keys)
    return <NewKeys store={name} keys={made.keys} onKept={() => setMade({ ...made, keys: null })} />;
  if (made?.sealed) return <RestartNote store={name} />;
  if (state !== 'absent') return null;
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (!pending) void create();
      }}
    >
      <Radio.Group
        label="Make the store"
        description="The place is empty. The first backup makes a store there that is not encrypted, unless a writer key is configured."
        value={encrypted ? 'yes' : 'no'}
        onChange={(value) => setEncrypted(value === 'yes')}
      >
        <div className={classes.choices}>
          <Radio
            value="yes"
            label="Encrypted"
            description="Who can read the place learns nothing. You keep a recovery key, without which nobody can open the backups"
          />
          <Radio value="no" label="Not encrypted" description="Who can read the place can read the backups" />
        </div>
      </Radio.Group>
      {error === null ? null : <ErrorNote error={error} />}
      <Allowed to="createStore">
        <Button type="submit" loading={pending}>
          Make the store<span className="visually-hidden"> {name}</span>
        </Button>
      </Allowed>
    </form>
  );
}

function RestartNote({ store }: { store: string }) {
  return (
    <div className={classes.note}>
      <Note tone="warn" title="Start the process with the writer key now">
        <p>
          Set <code>HOLDFAST_WRITER_KEY</code> to the file with the writer key (or <code>writerKey</code> of
          the store {store} in the options), and restart every process of this installation. Until then no
          backup can be written to it.
        </p>
      </Note>
    </div>
  );
}
