import { Checkbox, Radio } from '@mantine/core';
import type { ChosenTenant, PlannedRows, RestorePlan, SampleRow } from '../data/client.ts';
import { formatCount } from '../format/numbers.ts';
import classes from './planned-rows.module.css';

export type OnConflict = ChosenTenant['onConflict'];

/** The figures of a restore of rows over all its tables. */
export function sumsOf({ rows = [] }: Pick<RestorePlan, 'rows'>) {
  const sum = (what: 'added' | 'changed' | 'unchanged' | 'conflicting' | 'skipped'): number =>
    rows.reduce((total, each) => total + each[what], 0);
  const [added, changed] = [sum('added'), sum('changed')];
  const differing = sum('conflicting') + sum('skipped');
  return {
    added,
    changed,
    written: added + changed,
    differing,
    found: added + changed + differing + sum('unchanged'),
  };
}

interface ConflictChoiceProps {
  value: OnConflict;
  onChange: (value: OnConflict) => void;
}

/** What becomes of rows that have changed since the backup. Asked only where there are any. */
export function ConflictChoice({ value, onChange }: ConflictChoiceProps) {
  return (
    <Radio.Group
      label="Rows that are there with other values"
      value={value === 'fail' ? null : value}
      onChange={(next) => onChange(next as OnConflict)}
    >
      <div className={classes.choices}>
        <Radio value="skip" label="Leave them as they are" />
        <Radio value="overwrite" label="Make them as in the backup" />
      </div>
    </Radio.Group>
  );
}

interface ParentsChoiceProps {
  value: boolean;
  onChange: (value: boolean) => void;
}

export function ParentsChoice({ value, onChange }: ParentsChoiceProps) {
  return (
    <Checkbox
      label="Also missing rows that they refer to"
      checked={value}
      onChange={(event) => onChange(event.currentTarget.checked)}
    />
  );
}

/** What becomes of chosen rows, table by table, and the first of them column by column. */
export function PlannedRowsTable({ planned }: { planned: readonly PlannedRows[] }) {
  if (planned.length === 0) return null;
  const samples = planned.flatMap(({ table, sample }) => sample.map((row) => ({ table, row })));
  return (
    <>
      <div className={classes.scroll} tabIndex={0} role="region" aria-label="What becomes of the rows">
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">Table</th>
              {figures.map(({ title }) => (
                <th key={title} scope="col" className={classes.figure}>
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {planned.map((each) => (
              <tr key={each.table}>
                <td>{each.table}</td>
                {figures.map(({ title, of }) => (
                  <td key={title} className={classes.figure}>
                    {formatCount(of(each))}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {samples.length > 0 ? (
        <details className={classes.first}>
          <summary>The first of them</summary>
          <ul>
            {samples.map(({ table, row }, at) => (
              <li key={at}>{sampleWords(table, row)}</li>
            ))}
          </ul>
        </details>
      ) : null}
    </>
  );
}

const figures: { title: string; of: (rows: PlannedRows) => number }[] = [
  { title: 'Added', of: ({ added }) => added },
  { title: 'Changed', of: ({ changed }) => changed },
  { title: 'As in the backup', of: ({ unchanged }) => unchanged },
  { title: 'Other values', of: ({ skipped, conflicting }) => skipped + conflicting },
];

function sampleWords(table: string, { change, key, columns }: SampleRow): string {
  const which = Object.entries(key).map(([name, value]) => `${name} ${value}`);
  const name = `${table} ${which.join(', ')}`;
  if (change === 'added') return `${name}: comes back`;
  const differences = columns.map(
    ({ name: column, now, backup }) => `${column} ${now ?? 'null'} now, ${backup ?? 'null'} in the backup`,
  );
  return `${name}: ${differences.join('; ')}`;
}
