import { losses, type Loss } from './wizard-state.ts';
import classes from './loss-step.module.css';

export const lossTitles: Record<Loss, string> = {
  table: 'A table',
  rows: 'Some rows',
  everything: 'Everything',
  look: 'Just look',
};

const explanations: Record<Loss, string> = {
  table: 'It was dropped, emptied or spoilt. It comes back as it was, with all that hung on it.',
  rows: 'Some rows were deleted or changed by mistake. They are found by their key, and all others stay as they are.',
  everything:
    'The database is broken, or a copy of all of it is needed. It comes back here, or in a new database beside it.',
  look: 'How was it before? Rows of a backup are shown, and nothing is restored.',
};

/** The first question, because the answer decides which of the others have to be asked. */
export function LossStep({ choose }: { choose: (loss: Loss) => void }) {
  return (
    <ul className={classes.list}>
      {losses.map((loss) => (
        <li key={loss}>
          <button type="button" className={classes.loss} onClick={() => choose(loss)}>
            <strong>{lossTitles[loss]}</strong>
            <span className={classes.note}>{explanations[loss]}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
