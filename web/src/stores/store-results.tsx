import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { StoreCheck, StoreImport } from '../data/client.ts';
import { counted, formatBytes } from '../format/numbers.ts';
import { Note } from '../parts/notes.tsx';
import classes from './store-results.module.css';

const namedAtMost = 20;

/** What a check found: in a sentence if all is well, else each thing with its names. */
export function CheckResult({ check }: { check: StoreCheck }) {
  const { index, missing, foreign, unfinished, refused, damaged, rolledBack } = check;
  const wrong = [
    found('missing from the store although they completed', 'backup', missing.length, missing),
    found(
      'refused',
      'backup',
      refused.length,
      refused.map(({ uuid, error }) => `${uuid}: ${error.message}`),
    ),
    found('known to be damaged, of all stores', 'backup', damaged.length, damaged.map(backupLink)),
    ...(index
      ? [
          found('no longer in the store', 'object', index.missing.count, index.missing.names),
          found('of another length than was written', 'object', index.damaged.count, index.damaged.names),
        ]
      : []),
  ].filter((each) => each !== null);
  const more = [
    found('unknown to this installation; “Import backups” takes them in', 'backup', foreign.length, foreign),
    found('of runs that did not complete', 'manifest', unfinished.length, unfinished),
    ...(index
      ? [
          found('new in the index', 'object', index.added.count, index.added.names),
          found(
            'needed by nothing, deleted by a cleanup',
            'object',
            index.superfluous.count,
            index.superfluous.names,
          ),
          found('not of Holdfast, left alone', 'object', index.foreign.count, index.foreign.names),
        ]
      : []),
  ].filter((each) => each !== null);
  const holds = `${counted(check.backups, 'backup')}${index ? `, ${counted(index.objects, 'object')}, ${formatBytes(index.bytes)}` : ''}`;
  return (
    <Note
      tone={wrong.length > 0 || rolledBack ? 'bad' : 'good'}
      title={wrong.length > 0 || rolledBack ? 'Something is missing or damaged' : 'All of it is there'}
    >
      {rolledBack ? <p>{rolledBack.message}</p> : null}
      <p>It holds {holds}.</p>
      {wrong.length + more.length > 0 ? (
        <ul className={classes.list}>
          {wrong}
          {more}
        </ul>
      ) : null}
      {wrong.length > 0 ? (
        <p>
          Damaged backups can be repaired from another store, on the screen of the backup. A new backup stores
          again what the database still holds.
        </p>
      ) : null}
    </Note>
  );
}

function backupLink(id: number): ReactNode {
  return <Link href={`/backups/${id}`}>backup {id}</Link>;
}

function found(which: string, what: string, count: number, names: readonly ReactNode[]): ReactNode {
  if (count === 0) return null;
  const shown = names.slice(0, namedAtMost);
  return (
    <li key={which}>
      <details>
        <summary>
          {counted(count, what)} {which}
        </summary>
        <ul className={classes.names}>
          {shown.map((name, index) => (
            // Names are not always different, and the list never changes its order.
            // oxlint-disable-next-line react/no-array-index-key
            <li key={index}>{name}</li>
          ))}
          {count > shown.length ? <li>and {counted(count - shown.length, 'more', 'more')}</li> : null}
        </ul>
      </details>
    </li>
  );
}

export function ImportResult({ result: { imported, known, refused } }: { result: StoreImport }) {
  return (
    <Note
      tone={refused.length > 0 ? 'warn' : 'good'}
      title={
        imported.length === 0
          ? 'There is nothing to import'
          : `${counted(imported.length, 'backup')} ${imported.length === 1 ? 'is' : 'are'} in the list now`
      }
    >
      <p>{counted(known, 'backup')} of this store were in the list already.</p>
      {refused.length > 0 ? (
        <ul className={classes.list}>
          {found(
            'refused',
            'backup',
            refused.length,
            refused.map(({ uuid, error }) => `${uuid}: ${error.message}`),
          )}
        </ul>
      ) : null}
    </Note>
  );
}
