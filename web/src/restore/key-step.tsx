import { Button, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { KeyField } from '../parts/key-field.tsx';
import { Note } from '../parts/notes.tsx';

interface KeyStepProps {
  why: string;
  /** The key that was given opens nothing. */
  refused: boolean;
  give: (identity: string) => void;
}

/** Asks for the recovery key before what is in a backup can be shown. */
export function KeyStep({ why, refused, give }: KeyStepProps) {
  const [key, setKey] = useState('');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (key.trim() !== '') give(key);
      }}
    >
      <Stack gap="md" align="stretch">
        {refused ? (
          <Note tone="bad" urgent title="This key does not open the backup">
            {why}
          </Note>
        ) : (
          <Text>{why}</Text>
        )}
        <KeyField value={key} onChange={setKey} />
        <div>
          <Button type="submit" disabled={key.trim() === ''}>
            Open the backup
          </Button>
        </div>
      </Stack>
    </form>
  );
}
