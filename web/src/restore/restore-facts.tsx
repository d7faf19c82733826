import { Anchor } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { RestoreDetail } from '../data/client.ts';
import { durationOf, formatDuration } from '../format/times.ts';
import { Nothing, Time } from '../parts/figures.tsx';
import { FactList } from '../parts/fact-list.tsx';
import { Panel } from '../parts/panel.tsx';
import { scopeWords, targetWords } from '../format/run-words.ts';

/** The particulars of a restore. */
export function RestoreFacts({ restore }: { restore: RestoreDetail }) {
  const took = durationOf(restore);
  const facts: [name: string, value: ReactNode][] = [
    ['From', <BackupLink id={restore.backupId} />],
    ['What', scopeWords(restore)],
    ['Where', targetWords(restore)],
    ['Ordered', <Time at={restore.createdAt} />],
    ['Started', <Time at={restore.startedAt} />],
    ['Ended', <Time at={restore.finishedAt} />],
    ['Took', took === null ? <Nothing /> : formatDuration(took)],
    ['Owners and privileges', ownershipWords(restore)],
    ...(restore.withoutExtensions.length > 0
      ? [['Without extensions', restore.withoutExtensions.join(', ')] as [string, ReactNode]]
      : []),
    ...(restore.undoes === null
      ? []
      : [['Undoes', <RestoreLink id={restore.undoes} />] as [string, ReactNode]]),
    ...(restore.undoneBy === null
      ? []
      : [['Undone by', <RestoreLink id={restore.undoneBy} />] as [string, ReactNode]]),
    [
      'Safety backup',
      restore.safetyBackupId === null ? (
        restore.wayBack === 'rows' ? (
          'none was needed: it keeps the rows that it replaced'
        ) : restore.safetyBackup ? (
          'none was needed'
        ) : (
          'none was taken'
        )
      ) : (
        <BackupLink id={restore.safetyBackupId} />
      ),
    ],
  ];
  return (
    <Panel title="Particulars">
      <FactList facts={facts} />
    </Panel>
  );
}

function ownershipWords({ owners, ownership }: RestoreDetail): string {
  if (typeof ownership !== 'object') return owners ? 'restored' : 'left out';
  const roles = Object.entries(ownership.map).map(([role, other]) => `${other} instead of ${role}`);
  return `restored, with ${roles.join(', ')}`;
}

function BackupLink({ id }: { id: number }) {
  return (
    <Anchor component={Link} href={`/backups/${id}`}>
      Backup {id}
    </Anchor>
  );
}

function RestoreLink({ id }: { id: number }) {
  return (
    <Anchor component={Link} href={`/restore/${id}`}>
      Restore {id}
    </Anchor>
  );
}
