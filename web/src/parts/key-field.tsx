import { Button, FileButton, Group, Textarea } from '@mantine/core';
import classes from './key-field.module.css';

interface KeyFieldProps {
  value: string;
  onChange: (value: string) => void;
}

/** A recovery key, pasted or out of its file. It is sent with one call and is in no storage, address or cache. */
export function KeyField({ value, onChange }: KeyFieldProps) {
  return (
    <div className={classes.field}>
      <Textarea
        label="Recovery key"
        description="The content of the file, with its comments. It is used for this alone and is not kept."
        placeholder="AGE-SECRET-KEY-1…"
        classNames={{ input: classes.key ?? '' }}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        maxLength={20_000}
        rows={4}
        data-autofocus
      />
      <Group>
        <FileButton onChange={(file) => void file?.text().then(onChange)}>
          {(props) => (
            <Button {...props} size="xs" variant="default">
              Read it from its file
            </Button>
          )}
        </FileButton>
      </Group>
    </div>
  );
}
