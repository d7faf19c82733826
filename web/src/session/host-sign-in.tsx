import { Button } from '@mantine/core';
import classes from './sign-in-page.module.css';
import { SignInFrame } from './sign-in-page.tsx';

/** Shown if only the application decides who is an admin. */
export function HostSignIn({ retry }: { retry: () => void }) {
  return (
    <SignInFrame>
      <h1 className={classes.title}>Not signed in</h1>
      <p className={classes.lead}>
        This page is for administrators of the application. Sign in to the application, then come back.
      </p>
      <Button fullWidth onClick={retry}>
        I have signed in
      </Button>
    </SignInFrame>
  );
}
