import { Button } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import type { BackupCopy, BackupDetail } from '../data/client.ts';
import { useCopy, useVerifying } from '../data/queries.ts';
import { copyNames } from '../format/store-words.ts';
import { Nothing, Time } from '../parts/figures.tsx';
import { useFailureNotice } from '../parts/notices.tsx';
import { Panel } from '../parts/panel.tsx';
import { RowTable, type Column } from '../parts/row-table.tsx';
import { Badge, type Tone } from '../parts/state-badge.tsx';
import classes from './backup-places.module.css';
import { CopyBackup } from './copy-backup.tsx';
import { CancelCopy, CopyProgress } from './copy-progress.tsx';
import { VerifyBackup } from './verify-backup.tsx';
import { useBackupChange } from './use-backup-change.ts';
import { Allowed } from '../parts/allowed.tsx';

/** A store that the backup is in, or is to be in. */
interface Place extends BackupCopy {
  /** Whether the backup was written there. */
  home: boolean;
}

const tones: Record<BackupCopy['state'], Tone> = {
  due: 'warn',
  copying: 'live',
  copied: 'good',
  failed: 'bad',
  damaged: 'bad',
};

/** Where a completed backup is, and what can be done about it in each place. */
export function BackupPlaces({ backup }: { backup: BackupDetail }) {
  const [copying, setCopying] = useState(false);
  const places = placesOf(backup);
  const columns: Column<Place>[] = [
    {
      title: 'Store',
      heading: true,
      cell: ({ store }) => (
        <Link href="/stores" className={classes.store}>
          {store}
        </Link>
      ),
    },
    { title: 'State', cell: (place) => <State place={place} /> },
    { title: 'Proved', cell: ({ provedAt }) => (provedAt ? <Time at={provedAt} relative /> : <Nothing />) },
    {
      title: 'Actions',
      hiddenTitle: true,
      numeric: true,
      cell: (place) => <Actions backup={backup} place={place} repairable={places.length > 1} />,
    },
  ];
  return (
    <Panel
      title="Where it is"
      flush
      actions={
        <Allowed to="copyBackup">
          <Button variant="default" size="xs" onClick={() => setCopying(true)}>
            Copy to another store
          </Button>
        </Allowed>
      }
    >
      <RowTable
        caption={`Stores that backup ${backup.id} is in, or is to be in`}
        columns={columns}
        rows={places}
        rowKey={({ store }) => store}
      />
      <CopyBackup backup={backup} opened={copying} onClose={() => setCopying(false)} />
    </Panel>
  );
}

function placesOf({ store, damaged, damage, verifiedAt, copies }: BackupDetail): Place[] {
  const error = damage && { error: 'Damaged', ...damage };
  const home: Place = {
    store,
    home: true,
    state: damaged ? 'damaged' : 'copied',
    provedAt: verifiedAt,
    copyId: null,
    error,
  };
  return [home, ...copies.map((copy) => ({ ...copy, home: false }))];
}

function State({ place }: { place: Place }) {
  const { home, state, copyId, error } = place;
  if (state === 'copying' && copyId !== null) return <Copying id={copyId} />;
  return (
    <div className={classes.state}>
      <Badge tone={tones[state]}>{home && state === 'copied' ? 'Written' : copyNames[state]}</Badge>
      {error ? (
        <p className={classes.error}>
          {error.message} {error.hint}
        </p>
      ) : null}
    </div>
  );
}

function Copying({ id }: { id: number }) {
  const { data } = useCopy(id);
  return data ? <CopyProgress copy={data} /> : <Badge tone="live">Copying</Badge>;
}

interface ActionsProps {
  backup: BackupDetail;
  place: Place;
  /** Whether there may be another store to repair it from. */
  repairable: boolean;
}

function Actions({ backup, place, repairable }: ActionsProps) {
  const [verifyIn, setVerifyIn] = useState(false);
  const change = useBackupChange(backup);
  const failed = useFailureNotice();
  const { data: verifying = [] } = useVerifying(backup.id);
  const { store, state, copyId, home } = place;
  const inStore = <span className="visually-hidden"> in {store}</span>;
  if (state === 'copying') {
    return copyId === null ? null : <CancelCopy copy={{ id: copyId, backupId: backup.id, store }} />;
  }
  if (state === 'due' || state === 'failed') {
    return (
      <Allowed to="copyBackup">
        <Button size="xs" variant="default" onClick={() => void change.copyTo(store).catch(failed)}>
          {state === 'due' ? 'Copy now' : 'Try again'}
          <span className="visually-hidden"> to {store}</span>
        </Button>
      </Allowed>
    );
  }
  const beingVerified = verifying.some((each) => each.store === store || (home && each.store === null));
  return (
    <div className={classes.actions}>
      {state === 'damaged' && repairable ? (
        <Allowed to="copyBackup">
          <Button size="xs" onClick={() => void change.repairIn(store).catch(failed)}>
            Repair{inStore}
          </Button>
        </Allowed>
      ) : null}
      <Allowed to="verifyBackup">
        <Button size="xs" variant="default" disabled={beingVerified} onClick={() => setVerifyIn(true)}>
          {beingVerified ? 'Being verified' : 'Verify'}
          {inStore}
        </Button>
      </Allowed>
      <VerifyBackup backup={backup} store={store} opened={verifyIn} onClose={() => setVerifyIn(false)} />
    </div>
  );
}
