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
  { title: 'As', cell: ({ value }) => (value === null ? 'not shown' : value) },
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
  const nothing = create.length + confirm.length + different.filter(({ altered }) => altered).length === 0;
  return (
    <>
      {nothing ? (
        <Note tone="good" title="There is nothing to make">
          {counted(present, 'thing is', 'things are')} there as in the backup.
        </Note>
      ) : null}
      {create.length > 0 ? (
        <Panel flush title="Missing, and would be made">
          <Rows caption="What would be made" columns={madeColumns} rows={create} />
        </Panel>
      ) : null}
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
      {others.length > 0 ? (
        <Panel flush title="Different on the server">
          <Rows caption="What is different on the server" columns={differentColumns} rows={others} />
        </Panel>
      ) : null}
      {leftOut.length > 0 ? (
        <Panel flush title="Cannot be made on this server">
          <Rows caption="What cannot be made" columns={leftOutColumns} rows={leftOut} />
        </Panel>
      ) : null}
      {warnings.map((warning) => (
        <Note key={warning} tone="warn" title="Note">
          {warning}
        </Note>
      ))}
    </>
  );
}

function Rows<Row extends { what: string }>(props: {
  caption: string;
  columns: Column<Row>[];
  rows: readonly Row[];
}) {
  return <RowTable {...props} rowKey={({ what }) => what} />;
}

/** What it did. */
export function GlobalsMade({ report }: { report: GlobalsReport }) {
  const { create, different, undo, leftOut } = report;
  const made = create.length + different.filter(({ altered }) => altered).length;
  return (
    <div className={classes.result}>
      <Note tone="good" urgent title={`Made ${counted(made, 'change')} of roles and tablespaces`}>
        {leftOut.length > 0 ? `${counted(leftOut.length, 'thing')} could not be made on this server.` : null}
      </Note>
      {create.length > 0 ? (
        <Panel flush title="Made">
          <Rows caption="What was made" columns={madeColumns} rows={create} />
        </Panel>
      ) : null}
      {undo.length > 0 ? <Copyable label="SQL that takes it back" text={undo.join('\n')} /> : null}
    </div>
  );
}
