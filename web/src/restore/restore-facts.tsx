import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { RestoreDetail } from '../data/client.ts';
import { durationOf, formatDuration } from '../format/times.ts';
import { Nothing, Time } from '../parts/figures.tsx';
import { Panel } from '../parts/panel.tsx';
import classes from './restore-facts.module.css';
import { scopeWords, targetWords } from './restore-words.ts';

/** The particulars of a restore. */
export function RestoreFacts({ restore }: { restore: RestoreDetail }) {
  const took = durationOf(restore);
  const facts: { name: string; value: ReactNode }[] = [
    { name: 'From', value: <Link href={`/backups/${restore.backupId}`}>Backup {restore.backupId}</Link> },
    { name: 'What', value: scopeWords(restore) },
    { name: 'Where', value: targetWords(restore) },
    { name: 'Ordered', value: <Time at={restore.createdAt} /> },
    { name: 'Started', value: <Time at={restore.startedAt} /> },
    { name: 'Ended', value: <Time at={restore.finishedAt} /> },
    { name: 'Took', value: took === null ? <Nothing /> : formatDuration(took) },
    { name: 'Owners and privileges', value: restore.owners ? 'restored' : 'left out' },
    {
      name: 'Safety backup',
      value:
        restore.safetyBackupId === null ? (
          restore.safetyBackup ? (
            'none was needed'
          ) : (
            'none was taken'
          )
        ) : (
          <Link href={`/backups/${restore.safetyBackupId}`}>Backup {restore.safetyBackupId}</Link>
        ),
    },
  ];
  return (
    <Panel title="Particulars">
      <dl className={classes.facts}>
        {facts.map(({ name, value }) => (
          <div key={name} className={classes.fact}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
