import type { ReactNode } from 'react';
import type { StoreSummary } from '../data/client.ts';
import { kindNames, roleNames } from '../format/store-words.ts';
import { FactList } from '../parts/fact-list.tsx';
import { Bytes, Count, Nothing, Time } from '../parts/figures.tsx';
import { Note } from '../parts/notes.tsx';
import { readSentence } from '../../../src/contract/health-words.ts';
import { Panel } from '../parts/panel.tsx';
import { Badge, type Tone } from '../parts/state-badge.tsx';
import { CreateStore } from './create-store.tsx';
import { StoreActions } from './store-actions.tsx';

const states: Record<StoreSummary['state'], { tone: Tone; word: string }> = {
  ready: { tone: 'good', word: 'Ready' },
  absent: { tone: 'quiet', word: 'Not made yet' },
  error: { tone: 'bad', word: 'Cannot be used' },
};

/** One configured store: what it is, how it is, and what can be done about it. */
export function StorePanel({ store }: { store: StoreSummary }) {
  const { tone, word } = states[store.state];
  return (
    <Panel title={store.name} beside={<Badge tone={tone}>{word}</Badge>}>
      {store.error ? (
        <Note tone="bad" title={`${store.error.error}: ${store.error.message}`}>
          {store.error.hint}
        </Note>
      ) : null}
      <StoreFacts store={store} />
      <StoreActions store={store} />
      {store.kind === 'database' ? null : <CreateStore store={store} />}
    </Panel>
  );
}

function StoreFacts({ store }: { store: StoreSummary }) {
  const { kind, address, role, sealed, backups, storedBytes, readSince, writer, lastTest } = store;
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
  if (kind !== 'database') {
    facts.push(['Last self-test', <LastTest key="test" test={lastTest} />]);
  }
  return <FactList facts={facts} />;
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
