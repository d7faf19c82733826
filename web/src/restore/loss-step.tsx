import { losses, type Loss } from './wizard-state.ts';
import classes from './loss-step.module.css';

export const lossTitles: Record<Loss, string> = {
  customer: 'One customer',
  rows: 'Some rows',
  table: 'A table',
  everything: 'Everything',
  server: 'The server',
  look: 'Just look',
};

const explanations: Record<Loss, string> = {
  customer:
    'What belongs to one customer is gone or wrong: their orders, their account. It comes back in every table, and nothing of other customers changes.',
  rows: 'Some rows were deleted or changed by mistake. You look them up and tick them; all others stay as they are.',
  table: 'It was dropped, emptied or spoilt. It comes back as it was, with all that hung on it.',
  everything:
    'The database is broken, or a copy of all of it is needed. It comes back here, or in a new database beside it.',
  server:
    'The server is lost, or you want to move away from it. Everything comes back on another server, whose address you give.',
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
