import { useConnection } from '../data/connection.ts';
import type { ReadyStatus } from '../data/queries.ts';
import { formatClock } from '../format/times.ts';
import { Time, useTick } from '../parts/figures.tsx';
import { Icon } from '../parts/icon.tsx';
import { reasonOf, verdictOf, type Scheduled } from './verdict.ts';
import classes from './verdict-banner.module.css';

interface VerdictBannerProps {
  status: ReadyStatus;
  scheduled: Scheduled | undefined;
}

/** The state of the backups in one sentence, first on the overview. */
export function VerdictBanner({ status, scheduled }: VerdictBannerProps) {
  useTick(20_000);
  const { lost, lastAnswerAt } = useConnection();
  const { tone: known, headline, sentence } = verdictOf(status);
  // An old answer must not say that all is well.
  const tone = lost && known === 'good' ? 'warn' : known;
  return (
    <section className={classes.banner} data-tone={tone} aria-label="State of the backups">
      <span className={classes.mark}>
        <Icon name={tone === 'good' ? 'check' : 'alert'} size={24} />
      </span>
      <div className={classes.words}>
        <p className={classes.verdict} role="status">
          <strong>
            {lost && lastAnswerAt !== null ? `At ${formatClock(lastAnswerAt)}: ` : ''}
            {headline}:
          </strong>{' '}
          {sentence}
        </p>
        <p className={classes.more}>
          {reasonOf(status)}{' '}
          {scheduled?.nextRunAt ? (
            <>
              The next one is due <Time at={scheduled.nextRunAt} relative />,{' '}
              <Time at={scheduled.nextRunAt} />.
            </>
          ) : scheduled ? (
            <>No backup is taken automatically.</>
          ) : null}
        </p>
      </div>
    </section>
  );
}
