import type { DatabasesAnswer } from '../data/client.ts';
import { counted } from '../format/numbers.ts';
import { Copyable } from '../parts/copyable.tsx';
import { Panel } from '../parts/panel.tsx';
import classes from './databases-page.module.css';
import { named, optionLines, variableLine } from './option-lines.ts';

const listedAtMost = 20;

/** Databases that nothing protects, and what to write so that they are. */
export function Unprotected({ answer: { databases, unprotected } }: { answer: DatabasesAnswer }) {
  const names = databases.map(({ name }) => name);
  const listed = named(unprotected.slice(0, listedAtMost), names);
  const left = unprotected.length - listed.length;
  // What a rule protects is not named.
  const before = databases.filter(({ enrolled }) => !enrolled);
  return (
    <Panel title={`${counted(unprotected.length, 'database')} not protected`}>
      <div className={classes.lines}>
        <p>They are on the same servers, and Holdfast takes no backup of them.</p>
        <ul className={classes.names}>
          {listed.map(({ server, database }) => (
            <li key={`${server} ${database}`}>
              <strong>{database}</strong> <span className={classes.server}>on {server}</span>
            </li>
          ))}
          {left > 0 ? <li>and {left} more</li> : null}
        </ul>
        <p>
          To protect them, add them to <code>databases</code>, and start Holdfast again. Where only{' '}
          <code>database</code> is set now, name that one there first, with its present <code>store</code> if
          it has one.
        </p>
        <Copyable label="In databases" text={optionLines(listed)} />
        <Copyable label="As a variable" text={variableLine([...before, ...listed])} />
        <p>
          <code>enrol: {"{ include: ['*'] }"}</code> or <code>HOLDFAST_ENROL='*'</code> protects every
          database of a server as soon as it is there. What shall have no backups is named in{' '}
          <code>enrol: {"{ exclude: ['…'] }"}</code> or <code>HOLDFAST_ENROL_EXCLUDE</code>, and is not listed
          here any more.
        </p>
      </div>
    </Panel>
  );
}
