import { Button, NativeSelect, Radio, SegmentedControl, Stack, TextInput } from '@mantine/core';
import { BackLink } from '../parts/back-link.tsx';
import { useState } from 'react';
import { useStores } from '../data/queries.ts';
import { kindNames } from '../format/store-words.ts';
import { Copyable } from '../parts/copyable.tsx';
import { Note } from '../parts/notes.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { Panel } from '../parts/panel.tsx';
import classes from './new-store-page.module.css';
import { StorePanel } from './store-panel.tsx';
import {
  addressOf,
  addressParts,
  commandLines,
  environmentLines,
  missingParts,
  optionLines,
  packages,
  type SetupDraft,
  type SetupKind,
} from './store-setup.ts';

const kinds: readonly SetupKind[] = ['file', 's3', 'azure', 'sftp'];

/** A store, step by step: what it is, the lines to configure it with, and a test of it once that is done. */
export function NewStorePage() {
  const { data: stores = [], refetch, isFetching } = useStores();
  const [draft, setDraft] = useState<SetupDraft>({
    kind: 'file',
    name: 'offsite',
    use: 'copy',
    encrypted: true,
    parts: {},
  });
  const change = (changes: Partial<SetupDraft>): void => setDraft({ ...draft, ...changes });
  const ready = missingParts(draft).length === 0;
  const configured = stores.find(({ name }) => name === draft.name);
  const driver = packages[draft.kind];
  return (
    <>
      <PageHeader title="Set up a store" above={<BackLink href="/stores">Stores</BackLink>}>
        Where a store is and its keys are configuration of the process. Nothing that is typed here is sent to
        the server.
      </PageHeader>
      <Panel title="1. What it is">
        <Stack gap="lg">
          <NativeSelect
            label="Kind"
            data={kinds.map((value) => ({ value, label: kindNames[value] }))}
            value={draft.kind}
            onChange={(event) => change({ kind: event.currentTarget.value as SetupKind, parts: {} })}
          />
          <div className={classes.parts}>
            <TextInput
              label="Name"
              description="What it is called here: a-z, 0-9 and -"
              value={draft.name}
              error={
                missingParts(draft).includes('name') ? 'a-z, 0-9 and -, beginning with a letter' : undefined
              }
              onChange={(event) => change({ name: event.currentTarget.value.trim() })}
            />
            {addressParts[draft.kind].map(({ name, label, placeholder, help, optional }) => (
              <TextInput
                key={`${draft.kind}-${name}`}
                label={optional ? `${label} (optional)` : label}
                description={help}
                placeholder={placeholder}
                value={draft.parts[name] ?? ''}
                autoComplete="off"
                spellCheck={false}
                onChange={(event) => change({ parts: { ...draft.parts, [name]: event.currentTarget.value } })}
              />
            ))}
          </div>
          <SegmentedControl
            aria-label="Use"
            data={[
              { value: 'copy', label: 'For copies' },
              { value: 'write', label: 'For backups' },
            ]}
            value={draft.use}
            onChange={(value) => change({ use: value === 'write' ? 'write' : 'copy' })}
          />
          <Radio.Group
            label="Encryption"
            value={draft.encrypted ? 'yes' : 'no'}
            onChange={(value) => change({ encrypted: value === 'yes' })}
          >
            <Stack gap="xs" mt="xs">
              <Radio
                value="yes"
                label="Encrypted"
                description="Who can read the place learns nothing. Nobody can open the backups without the recovery key"
              />
              <Radio
                value="no"
                label="Not encrypted"
                description="Who can read the place can read the backups"
              />
            </Stack>
          </Radio.Group>
        </Stack>
      </Panel>
      {ready ? (
        <>
          <Panel title="2. Make it">
            <Stack gap="md">
              <Copyable label="Commands" text={commandLines(draft)} />
              {draft.encrypted ? (
                <p className={classes.words}>
                  <code>recovery.key</code> opens the backups and cannot be made again: keep it where neither
                  the database nor the backups are. <code>writer.key</code> is for the process. Without a
                  command line, leave this step and the writer key out: once the store is configured, “Stores”
                  makes it and shows its keys once.
                </p>
              ) : null}
              {driver === null ? null : (
                <p className={classes.words}>
                  The process needs the package <code>{driver}</code>.
                </p>
              )}
            </Stack>
          </Panel>
          <Panel title="3. Configure it and restart">
            <Stack gap="md">
              <Copyable label="Environment" text={environmentLines(draft, stores)} />
              <Copyable label="Or options in code" text={optionLines(draft)} />
              <p className={classes.words}>
                Set it for every process of this installation, then restart them.
                {draft.encrypted
                  ? ' HOLDFAST_WRITER_KEY is for every store outside the database: where they have different keys, use the options.'
                  : ''}
              </p>
            </Stack>
          </Panel>
          <h2 className={classes.heading}>4. Test it</h2>
          {configured ? (
            <>
              {configured.address === addressOf(draft) ? null : (
                <div className={classes.before}>
                  <Note tone="warn" title={`The store ${draft.name} is configured with another address`}>
                    {configured.address}
                  </Note>
                </div>
              )}
              <StorePanel store={configured} />
            </>
          ) : (
            <Note
              tone="quiet"
              title={`No store named ${draft.name} is configured yet`}
              action={
                <Button size="xs" variant="default" loading={isFetching} onClick={() => void refetch()}>
                  Look again
                </Button>
              }
            >
              After the restart it appears here, with its test.
            </Note>
          )}
        </>
      ) : (
        <div className={classes.after}>
          <Note tone="quiet" title="The lines to configure it with appear once its address is complete" />
        </div>
      )}
    </>
  );
}
