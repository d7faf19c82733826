import type { ReactNode } from 'react';
import type { Check, Import, Scrub, StoreSummary } from '../data/client.ts';
import { isAlive } from '../data/queries.ts';
import { kindNames, roleNames } from '../format/store-words.ts';
import { counted } from '../format/numbers.ts';
import { FactList } from '../parts/fact-list.tsx';
import { Bytes, Count, Nothing, Time } from '../parts/figures.tsx';
import { Note } from '../parts/notes.tsx';
import { readSentence } from '../../../src/contract/health-words.ts';
import { Panel } from '../parts/panel.tsx';
import { Badge, type Tone } from '../parts/state-badge.tsx';
import { CreateStore } from './create-store.tsx';
import { StoreActions } from './store-actions.tsx';
import { StoreRuns } from './store-runs.tsx';
import { StoreScrub } from './store-scrub.tsx';

const states: Record<StoreSummary['state'], { tone: Tone; word: string }> = {
  ready: { tone: 'good', word: 'Ready' },
  absent: { tone: 'quiet', word: 'Not made yet' },
  error: { tone: 'bad', word: 'Cannot be used' },
};

export interface StoreRunsOf {
  scrub?: Scrub | undefined;
  check?: Check | undefined;
  importing?: Import | undefined;
}

interface StorePanelProps {
  store: StoreSummary;
  /** The last run of each kind of this store. */
  runs?: StoreRunsOf;
}

/** One configured store: what it is, how it is, and what can be done about it. */
export function StorePanel({ store, runs = {} }: StorePanelProps) {
  const { scrub, check, importing } = runs;
  const alive = (run: { status: string } | undefined): boolean => run !== undefined && isAlive(run);
  const going = { scrub: alive(scrub), check: alive(check), import: alive(importing) };
  const { tone, word } = states[store.state];
  return (
    <Panel title={store.name} beside={<Badge tone={tone}>{word}</Badge>}>
      {store.error ? (
        <Note tone="bad" title={`${store.error.error}: ${store.error.message}`}>
          {store.error.hint}
        </Note>
      ) : null}
      <StoreFacts store={store} />
      {scrub ? <StoreScrub scrub={scrub} /> : null}
      <StoreActions store={store} going={going} />
      <StoreRuns store={store.name} check={check} importing={importing} />
      {store.kind === 'database' ? null : <CreateStore store={store} />}
    </Panel>
  );
}

function StoreFacts({ store }: { store: StoreSummary }) {
  const { kind, address, role, sealed, backups, storedBytes, locked, readSince, writer, lastTest } = store;
  const facts: [string, ReactNode][] = [
    ['Use', roleNames[role]],
    ['Kind', kindNames[kind]],
  ];
  if (kind !== 'database') facts.push(['Address', <code key="address">{address}</code>]);
  facts.push(
    ['Encrypted', sealed === null ? 'Unknown' : sealed ? 'Yes' : 'No'],
    ['Backups', <Count key="backups" value={backups} />],
    ['Stored', <Bytes key="stored" value={storedBytes} />],
  );
  if (readSince !== null) facts.push(['Checked', readSentence(readSince)]);
  if (kind !== 'database') {
    facts.push([
      'Last writer',
      writer ? (
        <span key="writer">
          {writer.host}, <Time at={writer.at} relative />
        </span>
      ) : (
        <Nothing key="writer" />
      ),
    ]);
  }
  if (locked !== null) facts.push(['Locked rest', <LockedRest key="locked" locked={locked} />]);
  if (lastTest !== null) {
    const { versions, lock, retention } = lastTest;
    if (versions !== 'unknown') facts.push(['Old versions', versionWords[versions]]);
    if (retention)
      facts.push(['Rule of the bucket', `Locked for ${counted(retention.days, 'day')}, ${retention.mode}`]);
    if (lock) facts.push(['Object lock', `${lock.holds ? 'Holds' : 'Does not hold'}, ${lock.mode}`]);
  }
  if (kind !== 'database') {
    facts.push(['Last self-test', <LastTest key="test" test={lastTest} />]);
  }
  return <FactList facts={facts} />;
}

const versionWords = {
  kept: 'Kept by the bucket',
  suspended: 'Kept until lately: suspended',
  none: 'Not kept',
} as const;

/** What nothing needs and a lock keeps. */
function LockedRest({ locked }: { locked: NonNullable<StoreSummary['locked']> }) {
  return (
    <span>
      {counted(locked.objects, 'object')}, <Bytes value={locked.bytes} />, to be deleted when the locks end,{' '}
      <Time at={locked.until} /> at the latest
    </span>
  );
}

function LastTest({ test }: { test: StoreSummary['lastTest'] }) {
  if (test === null) return 'Never';
  return (
    <>
      {test.works ? 'Passed' : 'Failed'} <Time at={test.testedAt} relative />
      {test.failingSince === null || test.failingSince === test.testedAt ? null : (
        <>
          , failing since <Time at={test.failingSince} />
        </>
      )}
    </>
  );
}
