import { Button, Radio, Skeleton, Textarea } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { client } from '../data/client.ts';
import { useRefresh } from '../data/refresh.ts';
import { keys } from '../data/keys.ts';
import { formatBytes } from '../format/numbers.ts';
import { ErrorNote } from '../parts/notes.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { Panel } from '../parts/panel.tsx';
import { pickable, TablePicker } from '../parts/table-picker.tsx';
import type { BackupSummary } from '../../../src/contract/shapes.ts';
import classes from './new-backup-page.module.css';
import { Allowed } from '../parts/allowed.tsx';

export default function NewBackupPage() {
  const [, go] = useLocation();
  const refresh = useRefresh();
  const [type, setType] = useState<BackupSummary['type']>('full');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [description, setDescription] = useState('');
  const [tried, setTried] = useState(false);
  const tables = useTables();
  const order = useMutation({
    mutationFn: () =>
      client.createBackup({
        type,
        tables: type === 'partial' ? [...chosen] : [],
        description: description.trim() || null,
      }),
    onSuccess: async (backup) => {
      await refresh();
      go(`/backups/${backup.id}`);
    },
  });
  const missing = type === 'partial' && chosen.size === 0;
  const total = (tables.data ?? []).reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
  return (
    <>
      <PageHeader title="New backup">
        It reads one snapshot of the database, and the application keeps running without waiting.
      </PageHeader>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (!missing && !order.isPending) order.mutate();
        }}
      >
        <Panel title="What">
          <Radio.Group value={type} onChange={(value) => setType(value)} aria-label="What to back up">
            <div className={classes.choices}>
              <Radio
                value="full"
                label="Everything"
                description={
                  tables.data
                    ? `Every table with its indexes, constraints and triggers, ${formatBytes(total)} on disk. Unchanged parts are not stored again.`
                    : 'Every table with its indexes, constraints and triggers. Unchanged parts are not stored again.'
                }
              />
              <Radio
                value="partial"
                label="Chosen tables"
                description="Before a migration, or what changes most. It does not replace a full backup."
              />
              <Radio
                value="globals"
                label="Roles and tablespaces"
                description="What belongs to the server and to no database: after the loss of a server the roles come back first. Without passwords; the command line takes them too."
              />
            </div>
          </Radio.Group>
          {type === 'partial' ? (
            <div className={classes.tables}>
              {tables.error ? (
                <ErrorNote error={tables.error} retry={() => void tables.refetch()} />
              ) : tables.data ? (
                <TablePicker tables={tables.data} chosen={chosen} onChange={setChosen} estimated />
              ) : (
                <Skeleton height={330} radius="md" />
              )}
              {tried && missing ? (
                <p className={classes.error} role="alert">
                  Choose at least one table.
                </p>
              ) : null}
            </div>
          ) : null}
        </Panel>
        <Panel title="Note">
          <Textarea
            label="Description"
            description="Optional. What to recognize it by later, such as “before the price migration”."
            value={description}
            onChange={(event) => setDescription(event.currentTarget.value)}
            maxLength={1_000}
            autosize
            minRows={2}
          />
        </Panel>
        {order.error ? <ErrorNote error={order.error} /> : null}
        <div className={classes.actions}>
          <Allowed to="createBackup">
            <Button type="submit" loading={order.isPending}>
              Take the backup
            </Button>
          </Allowed>
          <Button variant="default" component={Link} href="/backups">
            Back to the list
          </Button>
        </div>
      </form>
    </>
  );
}

function useTables() {
  return useQuery({
    queryKey: keys.tables,
    queryFn: ({ signal }) => client.listTables({ signal }),
    select: pickable,
  });
}
