import { Anchor, Checkbox, NativeSelect, SegmentedControl, Stack, Text } from '@mantine/core';
import { Link } from 'wouter';
import type { StoreSummary } from '../data/client.ts';
import { useStores } from '../data/queries.ts';
import { ErrorNote } from '../parts/notes.tsx';
import type { ScheduleDraft } from './schedule-draft.ts';
import { configuredCopies, withoutStore } from './schedule-copies.ts';

interface Props {
  draft: ScheduleDraft;
  change: (changes: Partial<ScheduleDraft>) => void;
}

/** Where the backups of the schedule are written, and where they are copied to. */
export function ScheduleStores({ draft, change }: Props) {
  const { data: stores, error, refetch } = useStores();
  if (!stores) return error ? <ErrorNote error={error} retry={() => void refetch()} /> : null;
  const written = stores.find(({ role }) => role === 'written')?.name ?? 'database';
  const target = draft.store ?? written;
  const copies = configuredCopies(stores).filter((name) => name !== target);
  // What is chosen stays shown, also where it is no longer configured.
  const named = [draft.store ?? [], draft.copyTo?.map(({ store }) => store) ?? []].flat();
  const gone = named.filter((name) => stores.every((store) => store.name !== name));
  const names = [...stores.map(({ name }) => name), ...new Set(gone)];
  if (names.length === 1) {
    return (
      <Text size="sm" c="dimmed">
        Backups are written to the database itself. To keep them outside it,{' '}
        <Anchor underline="always" component={Link} href="/stores">
          set up a store
        </Anchor>
        .
      </Text>
    );
  }
  return (
    <Stack gap="lg">
      <NativeSelect
        label="Written to"
        data={[
          { value: '', label: `${written}, as configured` },
          ...names.map((name) => ({ value: name, label: labelOf(name, stores) })),
        ]}
        value={draft.store ?? ''}
        onChange={(event) => {
          const store = event.currentTarget.value || null;
          change({ store, copyTo: withoutStore(draft.copyTo, store ?? written) });
        }}
      />
      <Stack gap={6}>
        <Text size="sm" fw={500} component="span" id="copied-to">
          Copied to
        </Text>
        <SegmentedControl
          aria-labelledby="copied-to"
          data={[
            {
              value: 'configured',
              label: copies.length === 0 ? 'As configured: none' : `As configured: ${copies.join(', ')}`,
            },
            { value: 'chosen', label: 'Chosen stores' },
          ]}
          value={draft.copyTo === null ? 'configured' : 'chosen'}
          onChange={(value) =>
            change({ copyTo: value === 'configured' ? null : copies.map((store) => ({ store })) })
          }
        />
        {draft.copyTo === null ? null : (
          <Checkbox.Group
            aria-labelledby="copied-to"
            value={draft.copyTo.map(({ store }) => store)}
            onChange={(chosen) =>
              change({
                copyTo: chosen.map(
                  (store) => draft.copyTo?.find((copy) => copy.store === store) ?? { store },
                ),
              })
            }
          >
            <Stack gap="xs" mt="xs">
              {names
                .filter((name) => name !== target)
                .map((name) => (
                  <Checkbox key={name} value={name} label={labelOf(name, stores)} />
                ))}
              {draft.copyTo.length === 0 ? (
                <Text size="sm" c="dimmed">
                  None is chosen: its backups are not copied.
                </Text>
              ) : (
                <Text size="sm" c="dimmed">
                  How long copies are kept in each store is set under Retention.
                </Text>
              )}
            </Stack>
          </Checkbox.Group>
        )}
      </Stack>
    </Stack>
  );
}

function labelOf(name: string, stores: readonly StoreSummary[]): string {
  return stores.some((store) => store.name === name) ? name : `${name}, no longer configured`;
}
