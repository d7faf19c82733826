import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import type { RestorePlan } from '../data/client.ts';
import { counted } from '../format/numbers.ts';
import classes from './roles-form.module.css';

interface Props {
  /** What the missing roles are needed for. */
  uses: RestorePlan['missingRoleUses'];
  roles: Readonly<Record<string, string>>;
  change: (roles: Record<string, string>) => void;
}

/** Which roles of the other place take the place of those that are missing there. */
export function RolesForm({ uses, roles, change }: Props) {
  const [typed, setTyped] = useState<Record<string, string>>({});
  const given = Object.entries(typed).filter(([, other]) => other.trim() !== '');
  const use = (event: FormEvent): void => {
    event.preventDefault();
    if (given.length === 0) return;
    change({ ...roles, ...Object.fromEntries(given.map(([role, other]) => [role, other.trim()])) });
    setTyped({});
  };
  const without = (role: string): void =>
    change(Object.fromEntries(Object.entries(roles).filter(([name]) => name !== role)));
  return (
    <Stack gap="sm">
      {Object.entries(roles).map(([role, other]) => (
        <Group key={role} gap="xs">
          <Text size="sm">
            What was of {role} becomes that of {other}
          </Text>
          <Button
            variant="subtle"
            size="compact-xs"
            aria-label={`Take back: ${role} becomes ${other}`}
            onClick={() => without(role)}
          >
            Take back
          </Button>
        </Group>
      ))}
      {uses.length > 0 && (
        <form onSubmit={use} className={classes.form}>
          {uses.map(({ role, owns, namedIn }) => (
            <TextInput
              key={role}
              className={classes.role}
              label={`Instead of ${role}`}
              description={usesWords(owns, namedIn)}
              placeholder="A role that exists there"
              value={typed[role] ?? ''}
              onChange={(event) => setTyped({ ...typed, [role]: event.currentTarget.value })}
              autoComplete="off"
              autoCapitalize="off"
              spellCheck={false}
            />
          ))}
          <Button type="submit" variant="default" disabled={given.length === 0}>
            Use these roles
          </Button>
        </form>
      )}
    </Stack>
  );
}

function usesWords(owns: number, namedIn: number): string {
  const parts = [
    ...(owns > 0 ? [`owns ${counted(owns, 'object')}`] : []),
    ...(namedIn > 0 ? [`named in ${counted(namedIn, 'privilege or policy', 'privileges or policies')}`] : []),
  ];
  return parts.join(', ');
}
