import { Button, PasswordInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';
import { ApiError, client } from '../data/client.ts';
import { ErrorNote, Note } from '../parts/notes.tsx';
import { Brand } from '../parts/brand.tsx';
import { ProviderSignIn } from './provider-sign-in.tsx';
import { takeGivenToken } from './given-token.ts';
import { useSessionChange } from './session.ts';
import classes from './sign-in-page.module.css';

interface SignInPageProps {
  /** Whether a session has just ended in this tab. */
  ended: boolean;
  /** The host of the identity provider that signs in too. */
  provider: string | null;
}

export function SignInPage({ ended, provider }: SignInPageProps) {
  const [token, setToken] = useState('');
  const change = useSessionChange();
  const signIn = useMutation({
    mutationKey: ['sign-in'],
    mutationFn: (given: string) => client.signIn(given),
    onSuccess: change,
  });
  const { mutate } = signIn;
  useEffect(() => {
    document.title = 'Sign in · Holdfast';
    const given = takeGivenToken();
    if (given !== null) mutate(given);
  }, [mutate]);
  const wrong = signIn.error instanceof ApiError && signIn.error.code === 'UNAUTHORIZED';
  return (
    <SignInFrame>
      <h1 className={classes.title}>Sign in</h1>
      {ended ? (
        <Note tone="live" title="Your session has ended.">
          Sign in again to continue where you were.
        </Note>
      ) : null}
      {provider === null ? null : <ProviderSignIn provider={provider} />}
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (token.trim() !== '' && !signIn.isPending) signIn.mutate(token.trim());
        }}
      >
        <PasswordInput
          label="Admin token"
          description={
            <>
              The value of <code>HOLDFAST_TOKEN</code> where the server runs; <code>npm start</code> prints
              one. Or a token of your own, which begins with <code>hf_</code>, or one of your identity
              provider.
            </>
          }
          size="md"
          value={token}
          onChange={(event) => setToken(event.currentTarget.value)}
          error={wrong ? 'Wrong token.' : undefined}
          autoComplete="current-password"
          autoFocus={provider === null}
          required
          withAsterisk={false}
          visibilityToggleButtonProps={{ 'aria-label': 'Show the token' }}
        />
        {signIn.error && !wrong ? <ErrorNote error={signIn.error} /> : null}
        <Button
          type="submit"
          size="md"
          fullWidth
          variant={provider === null ? 'filled' : 'default'}
          loading={signIn.isPending}
        >
          Sign in
        </Button>
      </form>
    </SignInFrame>
  );
}

export function SignInFrame({ children }: { children: ReactNode }) {
  return (
    <main className={classes.page}>
      <div className={classes.box}>
        <Brand />
        {children}
      </div>
    </main>
  );
}
