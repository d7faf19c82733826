import { NumberInput, Radio } from '@mantine/core';
import { useState } from 'react';
import type { BackupSummary } from '../data/client.ts';
import { levelNames, levelProofs, type ProofLevel } from '../format/level-words.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { useFailureNotice } from '../parts/notices.tsx';
import { useBackupChange } from './use-backup-change.ts';
import classes from './verify-backup.module.css';

interface VerifyBackupProps {
  backup: Pick<BackupSummary, 'id' | 'pinned'>;
  /** Where; default: where it was written. */
  store?: string;
  opened: boolean;
  onClose: () => void;
}

const levels: readonly ProofLevel[] = ['presence', 'checksum', 'content', 'drill'];

/** Asks how much of a backup is read again. */
export function VerifyBackup({ backup, store, opened, onClose }: VerifyBackupProps) {
  const [level, setLevel] = useState<ProofLevel>('content');
  const [percent, setPercent] = useState<number | null>(100);
  const change = useBackupChange(backup);
  const failed = useFailureNotice();
  const where = store === undefined ? '' : ` in ${store}`;
  const wrongShare = level === 'checksum' && (percent === null || percent < 1 || percent > 100);
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={`Verify backup ${backup.id}${where}`}
      confirmLabel="Verify"
      keepLabel="Close"
      blocked={wrongShare}
      onConfirm={async () => {
        const share = level === 'checksum' && percent !== null && percent < 100 ? percent / 100 : undefined;
        const started = level === 'drill' ? change.drill(store) : change.verify({ store, level, share });
        // It may ask for the key, in a dialog of its own.
        started.catch(failed);
      }}
    >
      <Radio.Group
        label="How much is read"
        description="It does not read or change your tables."
        value={level}
        onChange={(value) => setLevel(value as ProofLevel)}
      >
        <div className={classes.levels}>
          {levels.map((each) => (
            <Radio key={each} value={each} label={levelNames[each]} description={levelProofs[each]} />
          ))}
        </div>
      </Radio.Group>
      {level === 'checksum' ? (
        <NumberInput
          className={classes.share}
          label="Share of the chunks"
          description="Less than 100 %: chosen at random."
          suffix=" %"
          min={1}
          max={100}
          clampBehavior="none"
          allowDecimal={false}
          allowNegative={false}
          value={percent ?? ''}
          error={wrongShare ? 'From 1 to 100' : undefined}
          onChange={(value) => setPercent(value === '' ? null : Number(value))}
        />
      ) : null}
    </ConfirmDialog>
  );
}
