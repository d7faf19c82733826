import classes from './state-badge.module.css';

export type RunState = 'queued' | 'running' | 'completed' | 'failed' | 'cancelled' | 'interrupted';

const tones: Record<RunState, string> = {
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
  return <Badge tone={tones[state] as Tone}>{state.charAt(0).toUpperCase() + state.slice(1)}</Badge>;
}

export function Badge({ tone, children }: { tone: Tone; children: string }) {
  return (
    <span className={classes.badge} data-tone={tone}>
      <span className={classes.dot} aria-hidden="true" />
      {children}
    </span>
  );
}
