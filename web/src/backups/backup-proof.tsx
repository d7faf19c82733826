import { Button } from '@mantine/core';
import { client, type BackupDetail, type Drill } from '../data/client.ts';
import { isAlive, useDrills } from '../data/queries.ts';
import { useRefresh } from '../data/refresh.ts';
import { drillOutcome, DrillVerdict } from '../parts/drill-parts.tsx';
import { Time } from '../parts/figures.tsx';
import { useFailureNotice, useNotice } from '../parts/notices.tsx';
import { Panel } from '../parts/panel.tsx';
import { RowTable, type Column } from '../parts/row-table.tsx';
import { useBackupChange } from './use-backup-change.ts';
import { Allowed } from '../parts/allowed.tsx';

const columns: Column<Drill>[] = [
  { title: 'Verdict', heading: true, cell: (drill) => <DrillVerdict drill={drill} /> },
  { title: 'When', cell: ({ startedAt, createdAt }) => <Time at={startedAt ?? createdAt} /> },
  { title: 'Store', cell: ({ store }) => store },
  ...drillOutcome,
  {
    title: 'Actions',
    hiddenTitle: true,
    numeric: true,
    cell: (drill) => <CancelDrill drill={drill} />,
  },
];

/** Whether a completed backup was proved by restoring it, among the last drills. */
export function BackupProof({ backup }: { backup: BackupDetail }) {
  const { data } = useDrills();
  const change = useBackupChange(backup);
  const failed = useFailureNotice();
  const drills = data?.drills.filter(({ backupId }) => backupId === backup.id) ?? [];
  const going = drills.some(isAlive);
  return (
    <Panel
      title="Proof by restoring"
      flush={drills.length > 0}
      actions={
        <Allowed to="drillBackup">
          <Button
            variant="default"
            size="xs"
            disabled={going}
            onClick={() => void change.drill().catch(failed)}
          >
            {going ? 'Being proved' : 'Prove by restoring'}
          </Button>
        </Allowed>
      }
    >
      {drills.length > 0 ? (
        <RowTable
          caption={`Drills of backup ${backup.id}`}
          columns={columns}
          rows={drills}
          rowKey={({ id }) => String(id)}
        />
      ) : (
        <p>
          A drill restores it into a scratch database, compares every row and definition, and drops the
          database again. It does not touch your tables.
        </p>
      )}
    </Panel>
  );
}

function CancelDrill({ drill }: { drill: Drill }) {
  const refresh = useRefresh();
  const tell = useNotice();
  const failed = useFailureNotice();
  if (!isAlive(drill)) return null;
  const { id, backupId } = drill;
  const cancel = async (): Promise<void> => {
    await client.cancelDrill(id);
    tell(`The drill of backup ${backupId} is being cancelled. Its scratch database is dropped.`);
    await refresh();
  };
  return (
    <Allowed to="cancelDrill">
      <Button size="xs" variant="default" onClick={() => void cancel().catch(failed)}>
        Cancel<span className="visually-hidden"> drill {id}</span>
      </Button>
    </Allowed>
  );
}
