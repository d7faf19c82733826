import { Button } from '@mantine/core';
import { Copyable } from '../parts/copyable.tsx';
import { useShownOnce } from '../parts/use-shown-once.ts';
import classes from './channels.module.css';

interface NewSecretProps {
  name: string;
  secret: string;
  /** The reader has it. */
  onKept: () => void;
}

/** What the messages of a new webhook are signed with, this once. */
export function NewSecret({ name, secret, onKept }: NewSecretProps) {
  const heading = useShownOnce();
  return (
    <section className={classes.made} aria-label={`The secret of ${name}`}>
      <h3 ref={heading} tabIndex={-1} className={classes.heading}>
        The channel {name} is added. Keep its secret now: it is not shown again.
      </h3>
      <Copyable label="Secret" text={secret} />
      <p className={classes.about}>The receiver verifies each message with it, as Standard Webhooks says.</p>
      <Button size="xs" onClick={onKept}>
        I have it
      </Button>
    </section>
  );
}
