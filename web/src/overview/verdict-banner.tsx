import type { ReadyStatus } from '../data/queries.ts';
import { Time, useTick } from '../parts/figures.tsx';
import { Icon } from '../parts/icon.tsx';
import { reasonOf, verdictOf, type Scheduled } from './verdict.ts';
import classes from './verdict-banner.module.css';

interface VerdictBannerProps {
  status: ReadyStatus;
  scheduled: Scheduled | undefined;
}

/** What a manager looks for on Monday, and an engineer at three in the morning. */
export function VerdictBanner({ status, scheduled }: VerdictBannerProps) {
  useTick(20_000);
  const { tone, headline, sentence } = verdictOf(status);
  return (
    <section className={classes.banner} data-tone={tone} aria-label="State of the backups">
      <span className={classes.mark}>
        <Icon name={tone === 'good' ? 'check' : 'alert'} size={24} />
      </span>
      <div className={classes.words}>
        <p className={classes.verdict} role="status">
          <strong>{headline}:</strong> {sentence}
        </p>
        <p className={classes.more}>
          {reasonOf(status)}{' '}
          {scheduled?.nextRunAt ? (
            <>
              The next one is due <Time at={scheduled.nextRunAt} relative />,{' '}
              <Time at={scheduled.nextRunAt} />.
            </>
          ) : scheduled ? (
            <>None is taken by itself.</>
          ) : null}
        </p>
      </div>
    </section>
  );
}
