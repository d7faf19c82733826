import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import {
  callInWords,
  originInWords,
  outcomeInWords,
  proofInWords,
} from '../../../src/contract/audit-words.ts';
import { client, type AuditEntry, type AuditProof } from '../data/client.ts';
import { Time } from '../parts/figures.tsx';
import { EmptyState, ErrorNote, Note } from '../parts/notes.tsx';
import { collectPages } from './collect.ts';
import { auditColumns } from './export-columns.ts';
import { HistoryList } from './history-list.tsx';
import { useAuditHistory } from './queries.ts';

const allEntries = (signal: AbortSignal): Promise<AuditEntry[]> =>
  collectPages(
    (cursor) => client.listAudit({ limit: 200, ...(cursor === undefined ? {} : { cursor }) }, { signal }),
    (page) => page.entries,
  );

/** Who has changed, opened or downloaded something, and whether that record is as it was written. */
export function AuditHistory() {
  const list = useAuditHistory();
  const check = useMutation({ mutationFn: () => client.verifyAudit() });
  return (
    <>
      {check.data ? <Proof proof={check.data} /> : null}
      {check.error ? <ErrorNote error={check.error} /> : null}
      <HistoryList
        title="Calls"
        list={list}
        actions={
          <Button variant="default" size="xs" loading={check.isPending} onClick={() => check.mutate()}>
            Check for changes
          </Button>
        }
        export={{ name: 'audit', columns: auditColumns, collect: allEntries }}
        empty={
          <EmptyState title="Nothing has been called yet">
            Every call that changes, opens or downloads something is listed here, with who it was.
          </EmptyState>
        }
        columns={[
          { title: 'When', heading: true, cell: (row) => <Time at={row.at} /> },
          { title: 'Who', cell: (row) => row.actor },
          { title: 'Call', cell: (row) => <code>{callInWords(row)}</code> },
          { title: 'Outcome', cell: outcomeInWords },
          { title: 'From', cell: originInWords, wideOnly: true },
          { title: 'Row', numeric: true, cell: (row) => row.id, wideOnly: true },
        ]}
      />
    </>
  );
}

function Proof({ proof }: { proof: AuditProof }) {
  const [verdict = '', ...rest] = proofInWords(proof);
  return (
    <Note tone={proof.intact ? 'good' : 'bad'} title={verdict} urgent>
      {[...proof.problems.map(({ message }) => message), ...rest].map((line) => (
        <p key={line}>{line}</p>
      ))}
    </Note>
  );
}
