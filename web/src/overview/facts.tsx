import { Skeleton } from '@mantine/core';
import type { ReactNode } from 'react';
import { keptWhere } from '../../../src/base/words.ts';
import type { BackupSummary } from '../data/client.ts';
import type { ReadyStatus } from '../data/queries.ts';
import { counted, formatCount, formatShare } from '../format/numbers.ts';
import { durationOf, formatDuration } from '../format/times.ts';
import { Bytes, Time } from '../parts/figures.tsx';
import classes from './facts.module.css';
import type { Scheduled } from './verdict.ts';

interface FactsProps {
  status: ReadyStatus | null;
  scheduled: Scheduled | undefined;
  /** The newest completed backups. */
  recent: readonly BackupSummary[] | undefined;
}

/** The main figures of the overview. */
export function Facts({ status, scheduled, recent }: FactsProps) {
  const last = status?.lastCompleted;
  const took = last ? durationOf(last) : null;
  return (
    <dl className={classes.facts}>
      <Fact title="Last good backup" loading={!status}>
        {last ? <Time at={last.startedAt ?? last.createdAt} relative /> : 'None yet'}
        <small>
          {last ? <Time at={last.startedAt ?? last.createdAt} /> : 'Take the first one'}
          {took === null ? null : `, took ${formatDuration(took)}`}
        </small>
      </Fact>
      <Fact title="Next run" loading={!scheduled}>
        {scheduled?.nextRunAt ? <Time at={scheduled.nextRunAt} relative /> : 'Not scheduled'}
        <small>
          {scheduled?.nextRunAt ? (
            <>
              <Time at={scheduled.nextRunAt} />, {scheduled.what}
            </>
          ) : (
            'Backups only when you start one'
          )}
        </small>
      </Fact>
      <Fact title="Good backups" loading={!status}>
        {formatCount(status?.backups.completed ?? 0)}
        <small>{status ? `of ${counted(status.backups.total, 'run')} on record` : ''}</small>
      </Fact>
      <Fact title="Store" loading={!status || !recent}>
        <Bytes value={status?.backups.storedBytes ?? null} />
        <small>{status && recent ? savings(status, recent) : ''}</small>
      </Fact>
    </dl>
  );
}

interface FactProps {
  title: string;
  loading: boolean;
  children: ReactNode;
}

export function Fact({ title, loading, children }: FactProps) {
  return (
    <div className={classes.fact}>
      <dt>{title}</dt>
      <dd className="figures">{loading ? <Skeleton height={44} width="70%" /> : children}</dd>
    </div>
  );
}

/** The size of the store compared with plain copies of all backups; only if all of them are known. */
function savings({ backups, lastCompleted }: ReadyStatus, recent: readonly BackupSummary[]): string {
  const { storedBytes, completed } = backups;
  if (storedBytes === null) return 'it cannot be used now';
  const copies = recent.reduce((sum, { rawBytes }) => sum + (rawBytes ?? 0), 0);
  if (recent.length < completed || copies === 0 || storedBytes >= copies) {
    return lastCompleted === null ? '' : keptWhere(lastCompleted.store);
  }
  return `${formatShare(storedBytes / copies)} of the size of plain copies`;
}
