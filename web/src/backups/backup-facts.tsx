import type { ReactNode } from 'react';
import { capitalized } from '../../../src/base/words.ts';
import { ways } from '../../../src/contract/recovery-words.ts';
import type { BackupDetail } from '../data/client.ts';
import { isAlive, useVerifying } from '../data/queries.ts';
import { formatCount, formatShare } from '../format/numbers.ts';
import { durationOf, formatDuration } from '../format/times.ts';
import { Bytes, Count, Time } from '../parts/figures.tsx';
import { FactList } from '../parts/fact-list.tsx';
import { kindOf } from './backup-words.ts';

/** The figures of a run; unknown ones are omitted. */
export function BackupFacts({ backup }: { backup: BackupDetail }) {
  const { contents, rawBytes, storedBytes } = backup;
  const took = durationOf(backup);
  const facts: [string, ReactNode][] = [['Kind', kindOf(backup)]];
  if (contents) facts.push(['State of', <Time key="at" at={contents.snapshotAt} />]);
  facts.push(['Started', <Time key="started" at={backup.startedAt} />]);
  if (backup.finishedAt !== null) facts.push(['Ended', <Time key="ended" at={backup.finishedAt} />]);
  if (took !== null && !isAlive(backup)) facts.push(['Duration', formatDuration(took)]);
  if (backup.dueAt !== null) facts.push(['Was due', <Time key="due" at={backup.dueAt} />]);
  if (backup.attempt > 1) facts.push(['Attempt', backup.attempt]);
  if (backup.tableCount !== null) {
    const partitions = contents?.partitions ?? 0;
    const of = partitions === 0 ? '' : `, ${formatCount(partitions)} of them partitions`;
    facts.push(['Tables', `${formatCount(backup.tableCount)}${of}`]);
  }
  if (backup.rowCount !== null) facts.push(['Rows', <Count key="rows" value={backup.rowCount} />]);
  if (rawBytes !== null) facts.push(['Size', <Bytes key="size" value={rawBytes} />]);
  if (storedBytes !== null) {
    const share = rawBytes ? `, ${formatShare(storedBytes / rawBytes)}` : '';
    facts.push([
      'Stored',
      <span key="stored">
        <Bytes value={storedBytes} />
        {share}
      </span>,
    ]);
  }
  if (backup.newBytes !== null) facts.push(['New in the store', <Bytes key="new" value={backup.newBytes} />]);
  if (backup.chunkCount !== null) facts.push(['Chunks', <Count key="chunks" value={backup.chunkCount} />]);
  if (backup.status === 'completed') facts.push(['Proved', <Verified key="verified" backup={backup} />]);
  return <FactList facts={facts} />;
}

/** How it was last proved and when, or that a verification is running. */
function Verified({ backup }: { backup: BackupDetail }) {
  const { data: verifying = [] } = useVerifying(backup.id);
  if (verifying.length > 0) return 'Being verified now';
  const { proved } = backup;
  if (proved === null) return 'Not yet';
  return (
    <>
      {capitalized(ways[proved.how])} <Time at={proved.at} relative />
    </>
  );
}
