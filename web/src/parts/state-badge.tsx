import classes from './state-badge.module.css';

export type RunState = 'queued' | 'running' | 'completed' | 'failed' | 'cancelled' | 'interrupted';

const tones: Record<RunState, Tone> = {
  queued: 'quiet',
  running: 'live',
  completed: 'good',
  failed: 'bad',
  cancelled: 'quiet',
  interrupted: 'warn',
};

export type Tone = 'good' | 'warn' | 'bad' | 'live' | 'quiet';

/** The state of a run: a word and a colour. */
export function StateBadge({ state }: { state: RunState }) {
  return (
    <Badge tone={tones[state]} pulse={state === 'running'}>
      {state.charAt(0).toUpperCase() + state.slice(1)}
    </Badge>
  );
}

interface BadgeProps {
  tone: Tone;
  /** The run is active. */
  pulse?: boolean;
  children: string;
}

export function Badge({ tone, pulse = false, children }: BadgeProps) {
  return (
    <span className={classes.badge} data-tone={tone} data-pulse={pulse || undefined}>
      <span className={classes.dot} aria-hidden="true" />
      {children}
    </span>
  );
}
