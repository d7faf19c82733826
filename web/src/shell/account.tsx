import { ActionIcon, SegmentedControl, useMantineColorScheme, type MantineColorScheme } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { client } from '../data/client.ts';
import { useStatus } from '../data/queries.ts';
import { Icon, type IconName } from '../parts/icon.tsx';
import { useSession, useSessionChange } from '../session/session.ts';
import classes from './account.module.css';

/** The name of the database, who is signed in, the colour scheme, and the sign-out. */
export function Account() {
  const { data } = useStatus();
  const session = useSession();
  const change = useSessionChange();
  const signOut = useMutation({
    mutationFn: () => client.signOut(),
    onSuccess: (session) => change({ ...session, left: true }),
  });
  return (
    <div className={classes.account}>
      {data?.initialized ? (
        <p className={classes.database}>
          <span className={classes.name}>{data.database.name}</span>
          <span className={classes.version}>PostgreSQL {data.database.serverVersion.split(' ')[0]}</span>
        </p>
      ) : null}
      {session.by === 'oidc-session' && session.actor !== null ? (
        <p className={classes.person}>{session.actor}</p>
      ) : null}
      <div className={classes.row}>
        <ColorSchemeSwitch />
        {session.by === 'token-session' || session.by === 'oidc-session' ? (
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label="Sign out"
            title="Sign out"
            loading={signOut.isPending}
            onClick={() => signOut.mutate()}
          >
            <Icon name="out" />
          </ActionIcon>
        ) : null}
      </div>
    </div>
  );
}

const schemes: { value: MantineColorScheme; name: string; icon: IconName }[] = [
  { value: 'light', name: 'Light', icon: 'sun' },
  { value: 'auto', name: 'Same as the system', icon: 'screen' },
  { value: 'dark', name: 'Dark', icon: 'moon' },
];

function ColorSchemeSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <SegmentedControl
      size="xs"
      aria-label="Colours"
      value={colorScheme}
      onChange={(value) => setColorScheme(value)}
      data={schemes.map(({ value, name, icon }) => ({
        value,
        label: (
          <span className={classes.scheme} title={name}>
            <Icon name={icon} size={16} />
            <span className="visually-hidden">{name}</span>
          </span>
        ),
      }))}
    />
  );
}
