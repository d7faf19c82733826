import type { Progress } from '../data/client.ts';
import { counted, formatBytes, formatRate, formatShare } from '../format/numbers.ts';
import { formatRough } from '../format/times.ts';
import { useTick } from './figures.tsx';
import classes from './run-progress.module.css';

interface RunProgressProps {
  /** `Backup 12`, for screen readers. */
  name: string;
  progress: Progress | null;
  startedAt: string | null;
  /** Only the bar and the share. */
  compact?: boolean;
}

const phases: Record<Progress['phase'], string> = {
  starting: 'Starting',
  listing: 'Listing what is there',
  schema: 'Reading the schema',
  data: 'Copying rows',
  indexes: 'Building indexes',
  constraints: 'Checking constraints',
  'large-objects': 'Copying large objects',
  proof: 'Checking every table',
  finishing: 'Finishing',
  cleanup: 'Deleting backups that are not kept',
};

/** The progress of a run: share, rate and time left. */
export function RunProgress({ name, progress, startedAt, compact = false }: RunProgressProps) {
  useTick(1_000);
  const share = shareOf(progress);
  const rate = progress?.rawBytesPerSecond ?? null;
  const elapsed = startedAt === null ? null : Date.now() - new Date(startedAt).getTime();
  const left = progress === null ? null : timeLeft(progress, rate);
  const words = progress === null ? 'Waiting to start' : phases[progress.phase];
  const spoken = `${name}: ${words}, ${Math.floor(share * 10) * 10} percent`;
  return (
    <div className={classes.progress}>
      {compact ? null : (
        <div className={classes.head}>
          <span>
            {words}
            {progress?.currentTable ? <span className={classes.soft}> · {progress.currentTable}</span> : null}
          </span>
          <span className="figures">{formatShare(share)}</span>
        </div>
      )}
      <div
        className={classes.track}
        role="progressbar"
        aria-label={name}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.floor(share * 100)}
        aria-valuetext={`${words}, ${formatShare(share)}`}
      >
        <div className={classes.bar} style={{ transform: `scaleX(${Math.max(share, 0.01)})` }} />
      </div>
      {compact || progress === null ? null : (
        <div className={`${classes.facts} figures`}>
          <span>
            {formatBytes(progress.rawBytes)}
            {progress.estimatedRawBytes > 0
              ? ` of ${formatBytes(Math.max(progress.estimatedRawBytes, progress.rawBytes))}`
              : ''}
          </span>
          <span>{counted(progress.rows, 'row')}</span>
          {(progress.machines ?? 1) > 1 ? <span>{counted(progress.machines!, 'machine')}</span> : null}
          <span>
            {progress.tablesDone} of {counted(progress.tablesTotal, 'table')}
          </span>
          <span>{rate === null ? '' : formatRate(rate)}</span>
          <span className={classes.end}>
            {left === null
              ? elapsed === null
                ? ''
                : `${formatRough(elapsed)} so far`
              : `about ${formatRough(left)} left`}
          </span>
        </div>
      )}
      {/* Read out at every tenth and every phase, not at every byte. */}
      <Spoken text={spoken} />
    </div>
  );
}

function Spoken({ text }: { text: string }) {
  return (
    <span className="visually-hidden" aria-live="polite">
      {text}
    </span>
  );
}

/** Copying data counts for nine tenths of the bar, the rest for the last tenth. */
function shareOf(progress: Progress | null): number {
  if (progress === null) return 0;
  const { phase, rawBytes, estimatedRawBytes } = progress;
  if (phase === 'starting') return 0;
  if (phase === 'schema') return 0.01;
  const data = estimatedRawBytes > 0 ? Math.min(1, rawBytes / estimatedRawBytes) : 0;
  if (phase === 'data' || phase === 'listing') return Math.min(0.9, 0.02 + data * 0.88);
  return {
    indexes: 0.92,
    constraints: 0.95,
    'large-objects': 0.91,
    proof: 0.97,
    finishing: 0.98,
    cleanup: 0.5,
  }[phase];
}

function timeLeft({ phase, rawBytes, estimatedRawBytes }: Progress, rate: number | null): number | null {
  if (phase !== 'data' || rate === null || rate <= 0 || estimatedRawBytes <= rawBytes) return null;
  return ((estimatedRawBytes - rawBytes) / rate) * 1_000;
}
