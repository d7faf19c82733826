import { Checkbox, Radio, TextInput } from '@mantine/core';
import { useState } from 'react';
import { scopeWords } from '../../../src/contract/scope-words.ts';
import { client, type ApiToken } from '../data/client.ts';
import { useDatabases } from '../data/databases.ts';
import { useRefresh } from '../data/refresh.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import classes from './access.module.css';
import { scopeTitles } from './scope-titles.ts';

type Scope = ApiToken['scopes'][number];

/** In days; null for ever. */
const spans = [
  { days: 30, words: '30 days' },
  { days: 90, words: '90 days' },
  { days: 365, words: 'A year' },
  { days: null, words: 'For ever' },
];

const dayMs = 24 * 3_600_000;

interface MakeTokenProps {
  opened: boolean;
  onClose: () => void;
  onMade: (made: { name: string; token: string }) => void;
}

export function MakeToken({ opened, onClose, onMade }: MakeTokenProps) {
  const [name, setName] = useState('');
  const [scope, setScope] = useState<Scope>('point');
  const [days, setDays] = useState<number | null>(90);
  const [only, setOnly] = useState<string[]>([]);
  const refresh = useRefresh();
  const names = useDatabases().data?.databases.map((each) => each.name) ?? [];
  // Who may do anything may do it to all of them.
  const chooses = names.length > 1 && scope !== 'admin';
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title="Make a token"
      ofAll
      confirmLabel="Make it"
      keepLabel="Close"
      blocked={name.trim() === ''}
      onConfirm={async () => {
        const { token } = await client.createToken({
          name: name.trim(),
          scopes: [scope],
          databases: chooses && only.length > 0 ? only : null,
          expiresAt: days === null ? null : new Date(Date.now() + days * dayMs).toISOString(),
        });
        onMade({ name: name.trim(), token });
        setName('');
        setOnly([]);
        await refresh();
      }}
    >
      <div className={classes.fields}>
        <TextInput
          label="Name"
          description="Who or what uses it, such as “deploy”."
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          maxLength={100}
          autoComplete="off"
          required
          data-autofocus
        />
        <Radio.Group label="What it may do" value={scope} onChange={(value) => setScope(value as Scope)}>
          <div className={classes.scopes}>
            {(Object.keys(scopeWords) as Scope[]).map((each) => (
              <Radio
                key={each}
                value={each}
                label={capitalized(scopeTitles[each])}
                description={`${capitalized(scopeWords[each])}.`}
              />
            ))}
          </div>
        </Radio.Group>
        {chooses ? (
          <Checkbox.Group
            label="For which databases"
            description="None chosen: for all of them."
            value={only}
            onChange={setOnly}
          >
            <div className={classes.scopes}>
              {names.map((each) => (
                <Checkbox key={each} value={each} label={each} />
              ))}
            </div>
          </Checkbox.Group>
        ) : null}
        <Radio.Group
          label="For how long"
          value={String(days)}
          onChange={(value) => setDays(value === 'null' ? null : Number(value))}
        >
          <div className={classes.spans}>
            {spans.map((each) => (
              <Radio key={each.words} value={String(each.days)} label={each.words} />
            ))}
          </div>
        </Radio.Group>
      </div>
    </ConfirmDialog>
  );
}

function capitalized(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
