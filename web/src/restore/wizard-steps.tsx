import type { Step } from './wizard-state.ts';
import classes from './wizard-steps.module.css';

const titles: Record<Step, string> = {
  loss: 'Loss',
  backup: 'Backup',
  tables: 'What',
  customer: 'Who',
  target: 'Where',
  review: 'Review',
};

interface Props {
  steps: readonly Step[];
  current: Step;
  /** The choice of each step so far, in a few words. */
  chosen: Partial<Record<Step, string>>;
  /** The last step that can be opened. */
  reachable: (step: Step) => boolean;
  go: (step: Step) => void;
}

/** The steps with their choices, as links back. */
export function WizardSteps({ steps, current, chosen, reachable, go }: Props) {
  const position = steps.indexOf(current);
  return (
    <nav aria-label="Steps of the restore">
      <ol className={classes.steps}>
        {steps.map((step, index) => (
          <li key={step} className={classes.item}>
            <button
              type="button"
              className={classes.step}
              data-state={index === position ? 'current' : index < position ? 'done' : 'ahead'}
              aria-current={step === current ? 'step' : undefined}
              disabled={step !== current && !reachable(step)}
              onClick={() => go(step)}
            >
              <span className={classes.number} aria-hidden="true">
                {index + 1}
              </span>
              <span className={classes.words}>
                <span className={classes.title}>{titles[step]}</span>
                <span className={classes.chosen}>{chosen[step] ?? '\u00a0'}</span>
              </span>
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}
