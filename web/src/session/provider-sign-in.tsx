import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect } from 'react';
import { client } from '../data/client.ts';
import { ErrorNote, Note } from '../parts/notes.tsx';
import { pageAddress, refusal, takeReturn, type Returned } from './provider-return.ts';
import { useSessionChange } from './session.ts';

/** Signs in at the identity provider, and goes on with it when the browser comes back from there. */
export function ProviderSignIn({ provider }: { provider: string }) {
  const change = useSessionChange();
  const start = useMutation({
    mutationKey: ['sign-in', 'start'],
    mutationFn: () => client.startSignIn(pageAddress()),
    onSuccess: ({ url }) => window.location.assign(url),
  });
  const finish = useMutation({
    mutationKey: ['sign-in', 'finish'],
    mutationFn: (returned: Returned) => client.finishSignIn({ ...returned, redirectUri: pageAddress() }),
    onSuccess: change,
  });
  const { mutate } = finish;
  useEffect(() => {
    const returned = takeReturn();
    if (returned) mutate(returned);
  }, [mutate]);
  const error = finish.error ?? start.error;
  return (
    <>
      {refusal === null ? null : (
        <Note tone="bad" title="The identity provider has not signed you in.">
          It says: {refusal}
        </Note>
      )}
      {error ? <ErrorNote error={error} /> : null}
      <Button
        size="md"
        fullWidth
        loading={finish.isPending || start.isPending || start.isSuccess}
        onClick={() => start.mutate()}
      >
        Sign in with {provider}
      </Button>
    </>
  );
}
