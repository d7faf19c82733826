import { Button } from '@mantine/core';
import { client, type Drill } from '../data/client.ts';
import { formatDuration } from '../format/times.ts';
import { Nothing } from './figures.tsx';
import { useFailureNotice } from './notices.tsx';
import type { Column } from './row-table.tsx';
import { saveFile } from './save-file.ts';
import { Badge, StateBadge, type Tone } from './state-badge.tsx';

const tones: Record<NonNullable<Drill['verdict']>, Tone> = {
  passed: 'good',
  failed: 'bad',
  inconclusive: 'warn',
};
const words: Record<NonNullable<Drill['verdict']>, string> = {
  passed: 'Came back',
  failed: 'Did not come back',
  inconclusive: 'Not known',
};

/** What a drill has found; its state as a run while that is not known. */
export function DrillVerdict({ drill: { verdict, status } }: { drill: Drill }) {
  return verdict === null ? (
    <StateBadge state={status} />
  ) : (
    <Badge tone={tones[verdict]}>{words[verdict]}</Badge>
  );
}

/** Saves the certificate of a drill, byte for byte. */
export function SaveCertificate({ drill }: { drill: Drill }) {
  const failed = useFailureNotice();
  if (!drill.certified) return null;
  const save = async (): Promise<void> => {
    const { certificate } = await client.getDrill(drill.id);
    const name = `holdfast-certificate-backup-${drill.backupId}-drill-${drill.id}.json`;
    if (certificate) saveFile(name, 'application/json', `${JSON.stringify(certificate)}\n`);
  };
  return (
    <Button size="xs" variant="default" onClick={() => void save().catch(failed)}>
      Certificate<span className="visually-hidden"> of drill {drill.id}</span>
    </Button>
  );
}

/** Why a drill was not passed. */
function drillNote({ cause, error }: Drill): string {
  return cause?.message ?? error?.message ?? '';
}

/** What came of a drill, behind the columns that say which one it is. */
export const drillOutcome: Column<Drill>[] = [
  {
    title: 'Restore took',
    numeric: true,
    cell: ({ restoreMs }) => (restoreMs === null ? <Nothing /> : formatDuration(restoreMs)),
  },
  { title: 'Note', cell: drillNote },
  {
    title: 'Certificate',
    hiddenTitle: true,
    numeric: true,
    cell: (drill) => <SaveCertificate drill={drill} />,
  },
];
