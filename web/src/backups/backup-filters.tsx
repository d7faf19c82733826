import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useState } from 'react';
import { Icon } from '../parts/icon.tsx';
import classes from './backup-filters.module.css';
import type { Filters } from './list-address.ts';

interface BackupFiltersProps {
  filters: Filters;
  onChange: (filters: Filters) => void;
}

const typingPauseMs = 250;

export function BackupFilters({ filters, onChange }: BackupFiltersProps) {
  const [text, setText] = useState(filters.q ?? '');
  // The address changes without this field too: by the back button, or by showing all.
  const [known, setKnown] = useState(filters.q);
  if (filters.q !== known) {
    setKnown(filters.q);
    setText(filters.q ?? '');
  }
  const search = useDebouncedCallback(
    (q: string) => onChange({ ...filters, q: q.trim() || undefined }),
    typingPauseMs,
  );
  const set = (changes: object): void => onChange({ ...filters, ...changes });
  return (
    <form
      className={classes.filters}
      role="search"
      aria-label="Backups"
      onSubmit={(event) => event.preventDefault()}
    >
      <TextInput
        className={classes.search}
        aria-label="Search description, tables or number"
        placeholder="Description, table or number"
        leftSection={<Icon name="search" size={16} />}
        value={text}
        maxLength={200}
        onChange={(event) => {
          setText(event.currentTarget.value);
          search(event.currentTarget.value);
        }}
      />
      <NativeSelect
        aria-label="State"
        value={filters.status ?? ''}
        onChange={(event) => set({ status: event.currentTarget.value || undefined })}
        data={[
          { value: '', label: 'Any status' },
          { value: 'completed', label: 'Completed' },
          { value: 'failed', label: 'Failed' },
          { value: 'interrupted', label: 'Interrupted' },
          { value: 'cancelled', label: 'Cancelled' },
          { value: 'running', label: 'Running' },
          { value: 'queued', label: 'Queued' },
        ]}
      />
      <NativeSelect
        aria-label="Taken"
        value={filters.trigger ?? ''}
        onChange={(event) => set({ trigger: event.currentTarget.value || undefined })}
        data={[
          { value: '', label: 'Any trigger' },
          { value: 'schedule', label: 'By schedule' },
          { value: 'manual', label: 'By hand' },
          { value: 'point', label: 'As a point' },
          { value: 'safety', label: 'Before a restore' },
        ]}
      />
      <NativeSelect
        aria-label="Kind"
        value={filters.type ?? ''}
        onChange={(event) => set({ type: event.currentTarget.value || undefined })}
        data={[
          { value: '', label: 'Every kind' },
          { value: 'full', label: 'Full' },
          { value: 'partial', label: 'Partial' },
          { value: 'globals', label: 'Roles and tablespaces' },
        ]}
      />
      <Button
        variant={filters.pinned ? 'light' : 'default'}
        aria-pressed={filters.pinned === true}
        leftSection={<Icon name="pin" size={16} />}
        onClick={() => set({ pinned: filters.pinned ? undefined : true })}
      >
        Pinned
      </Button>
    </form>
  );
}
