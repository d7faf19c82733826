import { PasswordInput, Stack, TextInput } from '@mantine/core';
import { splitPassword, type ServerAddress } from './other-server.ts';
import classes from './server-fields.module.css';

interface Props {
  server: ServerAddress;
  change: (server: ServerAddress) => void;
  /** What the address has to name. */
  needs: string;
}

/** Where another server is, and the password for it, which no field of the page keeps. */
export function ServerFields({ server, change, needs }: Props) {
  return (
    <Stack gap="sm">
      <TextInput
        className={classes.address}
        label="Address of the other server"
        description={needs}
        placeholder="postgres://admin@db2.example.org:5432/shop"
        value={server.url}
        onChange={(event) => change(splitPassword(event.currentTarget.value, server))}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
      />
      <PasswordInput
        className={classes.name}
        label="Password"
        description="Used for this restore alone and kept nowhere: not in this browser, not in Holdfast"
        value={server.password}
        onChange={(event) => change({ ...server, password: event.currentTarget.value })}
        autoComplete="off"
        data-1p-ignore
        data-lpignore="true"
        visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
      />
    </Stack>
  );
}
