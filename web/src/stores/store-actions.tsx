import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { client, type StoreSummary } from '../data/client.ts';
import { useRefresh } from '../data/refresh.ts';
import { useKey } from '../parts/ask-key.tsx';
import { ErrorNote } from '../parts/notes.tsx';
import { ForgetStore } from './forget-store.tsx';
import classes from './store-actions.module.css';
import { TestResult } from './test-result.tsx';
import { TakeStore } from './take-store.tsx';
import { Allowed } from '../parts/allowed.tsx';

interface StoreActionsProps {
  store: StoreSummary;
  /** Whether a scrub, a check or an import of it has not ended. */
  going: { scrub: boolean; check: boolean; import: boolean };
}

/** The buttons of a store, and the answer of the one that was used last. */
export function StoreActions({ store, going }: StoreActionsProps) {
  const { name, state, kind } = store;
  const refresh = useRefresh();
  const withKey = useKey();
  const [taking, setTaking] = useState(false);
  const [forgetting, setForgetting] = useState(false);
  const scrub = useMutation({ mutationFn: () => client.scrubStore(name), onSettled: refresh });
  const check = useMutation({ mutationFn: () => client.checkStore(name), onSettled: refresh });
  const importing = useMutation({
    mutationFn: () => withKey(async (identity) => void (await client.importStore(name, { identity }))),
    onSettled: refresh,
  });
  const test = useMutation({ mutationFn: () => client.testStore(name), onSettled: refresh });
  const all = [check, importing, test, scrub];
  const busy = all.some(({ isPending }) => isPending);
  const begin = (action: { mutate: () => void }): void => {
    for (const each of all) each.reset();
    action.mutate();
  };
  const outside = kind !== 'database';
  const of = <span className="visually-hidden"> {name}</span>;
  return (
    <>
      <div className={classes.actions}>
        {outside ? (
          <Allowed to="testStore">
            <Button
              size="xs"
              variant="default"
              loading={test.isPending}
              disabled={busy}
              onClick={() => begin(test)}
            >
              Test{of}
            </Button>
          </Allowed>
        ) : null}
        {state === 'absent' ? null : (
          <Allowed to="checkStore">
            <Button
              size="xs"
              variant="default"
              loading={check.isPending}
              disabled={busy || going.check}
              onClick={() => begin(check)}
            >
              Check{of}
            </Button>
          </Allowed>
        )}
        {state === 'absent' ? null : (
          <Allowed to="scrubStore">
            <Button
              size="xs"
              variant="default"
              loading={scrub.isPending}
              disabled={busy || going.scrub}
              onClick={() => begin(scrub)}
            >
              {going.scrub ? 'Being read' : 'Read all of it'}
              {of}
            </Button>
          </Allowed>
        )}
        {outside && state !== 'absent' ? (
          <>
            <Allowed to="importStore">
              <Button
                size="xs"
                variant="default"
                loading={importing.isPending}
                disabled={busy || going.import}
                onClick={() => begin(importing)}
              >
                Import backups<span className="visually-hidden"> of {name}</span>
              </Button>
            </Allowed>
            <Allowed to="takeStore">
              <Button size="xs" variant="default" disabled={busy} onClick={() => setTaking(true)}>
                Take over{of}
              </Button>
            </Allowed>
          </>
        ) : null}
        {outside ? (
          <Allowed to="forgetStore">
            <Button size="xs" variant="default" disabled={busy} onClick={() => setForgetting(true)}>
              Forget{of}
            </Button>
          </Allowed>
        ) : null}
      </div>
      <div aria-live="polite" className={classes.results}>
        {test.isPending ? (
          <p>Writing, reading and deleting objects of its own. No backup is touched.</p>
        ) : null}
        {test.data ? <TestResult test={test.data} /> : null}
        {all.map(({ error }) => (error === null ? null : <ErrorNote key={error.message} error={error} />))}
      </div>
      <ForgetStore store={store} opened={forgetting} onClose={() => setForgetting(false)} />
      <TakeStore store={store} opened={taking} onClose={() => setTaking(false)} />
    </>
  );
}
