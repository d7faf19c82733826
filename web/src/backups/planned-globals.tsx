import { Checkbox } from '@mantine/core';
import type { GlobalsPlan, GlobalsReport } from '../data/client.ts';
import { counted } from '../format/numbers.ts';
import { Copyable } from '../parts/copyable.tsx';
import { Note } from '../parts/notes.tsx';
import { Panel } from '../parts/panel.tsx';
import { RowTable, type Column } from '../parts/row-table.tsx';
import classes from './restore-globals.module.css';

type Made = GlobalsPlan['create'][number];
type Different = GlobalsPlan['different'][number];
type LeftOut = GlobalsPlan['leftOut'][number];

const shown = (value: string | null): string => value ?? 'not shown';

const madeColumns: Column<Made>[] = [
  { title: 'What', heading: true, cell: ({ what }) => what },
  { title: 'As', cell: ({ value }) => shown(value) },
];
const differentColumns: Column<Different>[] = [
  { title: 'What', heading: true, cell: ({ what }) => what },
  { title: 'In the backup', cell: ({ backup }) => shown(backup) },
  { title: 'On the server', cell: ({ server, isMissing }) => (isMissing ? 'not there' : shown(server)) },
  { title: 'Becomes', cell: ({ altered }) => (altered ? 'as in the backup' : 'stays as it is') },
];
const leftOutColumns: Column<LeftOut>[] = [
  { title: 'What', heading: true, cell: ({ what }) => what },
  { title: 'Why', cell: ({ reason }) => reason },
];

/** How much of it is made or altered. */
export function changesOf({ create, different }: GlobalsPlan): number {
  return create.length + different.filter(({ altered }) => altered).length;
}

interface Props {
  plan: GlobalsPlan;
  /** Of what gives power, what is made all the same. */
  confirmed: readonly string[];
  onConfirm: (confirmed: string[]) => void;
}

/** What a restore of roles and tablespaces would do, and what it would not. */
export function PlannedGlobals({ plan, confirmed, onConfirm }: Props) {
  const { create, different, present, leftOut, confirm, warnings } = plan;
  const powers = new Set(confirm);
  const others = different.filter(({ what }) => !powers.has(what));
  const nothing = changesOf(plan) + confirm.length === 0;
  return (
    <>
      {nothing ? (
        <Note tone="good" title="There is nothing to make">
          {counted(present, 'thing is', 'things are')} there as in the backup.
        </Note>
      ) : null}
      <Listed
        title="Missing, and would be made"
        caption="What would be made"
        columns={madeColumns}
        rows={create}
      />
      {confirm.length > 0 ? (
        <Panel title="Gives power over others: made only where it is ticked">
          <div className={classes.choices}>
            {confirm.map((what) => (
              <Checkbox
                key={what}
                label={what}
                checked={confirmed.includes(what)}
                onChange={({ currentTarget: { checked } }) =>
                  onConfirm(checked ? [...confirmed, what] : confirmed.filter((each) => each !== what))
                }
              />
            ))}
          </div>
        </Panel>
      ) : null}
      <Listed
        title="Different on the server"
        caption="What is different on the server"
        columns={differentColumns}
        rows={others}
      />
      <Listed
        title="Cannot be made on this server"
        caption="What cannot be made"
        columns={leftOutColumns}
        rows={leftOut}
      />
      {warnings.map((warning) => (
        <Note key={warning} tone="warn" title="Note">
          {warning}
        </Note>
      ))}
    </>
  );
}

/** A panel with a table; nothing where there are no rows. */
function Listed<Row extends { what: string }>({
  title,
  ...table
}: {
  title: string;
  caption: string;
  columns: Column<Row>[];
  rows: readonly Row[];
}) {
  if (table.rows.length === 0) return null;
  return (
    <Panel flush title={title}>
      <RowTable {...table} rowKey={({ what }) => what} />
    </Panel>
  );
}

/** What it did. */
export function GlobalsMade({ report }: { report: GlobalsReport }) {
  const { create, undo, leftOut } = report;
  return (
    <div className={classes.result}>
      <Note
        tone="good"
        urgent
        title={`Made ${counted(changesOf(report), 'change')} of roles and tablespaces`}
      >
        {leftOut.length > 0 ? `${counted(leftOut.length, 'thing')} could not be made on this server.` : null}
      </Note>
      <Listed title="Made" caption="What was made" columns={madeColumns} rows={create} />
      {undo.length > 0 ? <Copyable label="SQL that takes it back" text={undo.join('\n')} /> : null}
    </div>
  );
}
