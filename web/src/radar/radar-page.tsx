/*
 * radar/ owns the screen of what looks like damage to the data, and of what is announced beforehand. It never decides what looks
 * like damage: the server does.
 */
import { Skeleton } from '@mantine/core';
import { brakeSentence } from '../../../src/contract/finding-words.ts';
import type { FindingsAnswer } from '../data/client.ts';
import { useFindings } from '../data/queries.ts';
import { formatTime } from '../format/times.ts';
import { FindingNote } from '../parts/finding-note.tsx';
import { EmptyState, ErrorNote, Note } from '../parts/notes.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { Panel } from '../parts/panel.tsx';
import { Announcements } from './announcements.tsx';
import classes from './radar-page.module.css';

export default function RadarPage() {
  const findings = useFindings();
  return (
    <>
      <PageHeader title="Radar">
        Each backup is compared with the ones before it. What looks like damage to the data stops cleanup
        until it is settled.
      </PageHeader>
      {findings.error ? <ErrorNote error={findings.error} retry={() => void findings.refetch()} /> : null}
      {findings.data ? (
        <Found {...findings.data} />
      ) : findings.error ? null : (
        <Skeleton height={160} radius="md" />
      )}
      <Announcements />
      {findings.data ? <Earlier {...findings.data} /> : null}
    </>
  );
}

/** What is open, and that cleanup is stopped for it. */
function Found({ findings, brake }: FindingsAnswer) {
  const open = findings.filter(({ state }) => state === 'open');
  return (
    <>
      {brake ? (
        <div className={classes.brake}>
          <Note tone="warn" title="Cleanup is stopped">
            <p>{brakeSentence(brake, formatTime)}</p>
          </Note>
        </div>
      ) : null}
      {open.map((finding) => (
        <FindingNote key={finding.id} finding={finding} />
      ))}
      {open.length === 0 ? (
        <Panel title="Findings">
          <EmptyState title="Nothing looks damaged">
            Lost rows, emptied columns, tables that are gone and values that were scrambled would be named
            here, with their figures.
          </EmptyState>
        </Panel>
      ) : null}
    </>
  );
}

/** What was settled or expected, newest first. */
function Earlier({ findings }: FindingsAnswer) {
  const earlier = findings.filter(({ state }) => state !== 'open');
  if (earlier.length === 0) return null;
  return (
    <section aria-labelledby="earlier">
      <h2 id="earlier" className={classes.earlier}>
        Earlier findings
      </h2>
      {earlier.map((finding) => (
        <FindingNote key={finding.id} finding={finding} />
      ))}
    </section>
  );
}
