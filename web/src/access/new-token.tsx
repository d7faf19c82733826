import { Button } from '@mantine/core';
import { Copyable } from '../parts/copyable.tsx';
import { useShownOnce } from '../parts/use-shown-once.ts';
import classes from './access.module.css';

interface NewTokenProps {
  name: string;
  token: string;
  /** The reader has it. */
  onKept: () => void;
}

/** A token, this once. */
export function NewToken({ name, token, onKept }: NewTokenProps) {
  const heading = useShownOnce();
  return (
    <section className={classes.made} aria-label={`The token ${name}`}>
      <h3 ref={heading} tabIndex={-1} className={classes.heading}>
        The token {name} is made. Keep it now: it is not shown again.
      </h3>
      <Copyable label="Token" text={token} />
      <p className={classes.about}>
        Calls send it as <code>Authorization: Bearer</code>.
      </p>
      <Button size="xs" onClick={onKept}>
        I have it
      </Button>
    </section>
  );
}
