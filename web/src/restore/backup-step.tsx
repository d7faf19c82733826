import { Button, Radio, Stack, Text } from '@mantine/core';
import type { BackupSummary } from '../data/client.ts';
import { formatBytes, counted } from '../format/numbers.ts';
import { Time } from '../parts/figures.tsx';
import { Badge } from '../parts/state-badge.tsx';
import classes from './backup-step.module.css';

interface Props {
  /** Completed backups, newest first. Damaged ones are shown but cannot be chosen. */
  backups: BackupSummary[];
  /** The suggested backup. */
  likely: number | null;
  chosen: number | null;
  choose: (id: number) => void;
  /** Undefined when there are no older ones. */
  showOlder: (() => void) | undefined;
  loadingOlder: boolean;
}

export function BackupStep({ backups, likely, chosen, choose, showOlder, loadingOlder }: Props) {
  return (
    <Stack gap="md">
      <Text c="dimmed">
        Choose the newest backup from <strong>before</strong> the loss. Nothing changes until you have seen
        what will happen.
      </Text>
      <Radio.Group
        aria-label="Backup to restore from"
        value={chosen === null ? null : String(chosen)}
        onChange={(value) => choose(Number(value))}
      >
        <ul className={classes.list}>
          {backups.map((backup) => (
            <li key={backup.id}>
              <label
                className={classes.row}
                data-chosen={backup.id === chosen || undefined}
                data-damaged={backup.damaged || undefined}
              >
                <Radio
                  value={String(backup.id)}
                  aria-label={`Backup ${backup.id}`}
                  disabled={backup.damaged}
                />
                <span className={classes.when}>
                  <Time at={backup.createdAt} relative />
                  <span className={classes.note}>
                    Backup {backup.id} · <Time at={backup.createdAt} />
                    {backup.description === null ? '' : ` · ${backup.description}`}
                  </span>
                  {backup.damaged && (
                    <span className={classes.note}>
                      {backup.damage?.message ?? 'Stored data is missing or damaged.'} Take a new backup,
                      which may make it whole, or restore tables that are whole with the command line.
                    </span>
                  )}
                </span>
                <span className={classes.marks}>
                  {backup.damaged && <Badge tone="bad">Damaged</Badge>}
                  {backup.id === likely && <Badge tone="good">Newest</Badge>}
                  {backup.type === 'partial' && (
                    <Badge tone="quiet">{`${counted(backup.tableCount ?? 0, 'table')} only`}</Badge>
                  )}
                  {backup.trigger === 'safety' && <Badge tone="quiet">Before a restore</Badge>}
                </span>
                <span className={classes.figures}>
                  {counted(backup.rowCount ?? 0, 'row')}
                  <span className={classes.note}>{formatBytes(backup.rawBytes ?? 0)}</span>
                </span>
              </label>
            </li>
          ))}
        </ul>
      </Radio.Group>
      {showOlder && (
        <Button variant="default" onClick={showOlder} loading={loadingOlder}>
          Show older backups
        </Button>
      )}
    </Stack>
  );
}
