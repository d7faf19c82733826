import { List, Stack, Text } from '@mantine/core';
import { lostLines, replacedLines } from '../../../src/contract/replace-words.ts';
import type { RestorePlan } from '../data/client.ts';
import { formatCount, counted } from '../format/numbers.ts';
import { PlannedRowsTable } from '../parts/planned-rows.tsx';
import { changeInRows } from './plan-words.ts';
import classes from './plan-view.module.css';

/**
 * The figures of a plan: rows now and then, table by table, and all that hangs on them. The roles are those the table has
 * by default, until the styles for phones change its display.
 */
export function PlanView({ plan }: { plan: RestorePlan }) {
  const inPlace = plan.target.mode === 'in-place';
  const versions = plan.extensions
    .filter(({ inBackup, created }) => created !== null && created !== inBackup)
    .map(({ name, inBackup, created }) => `${name}: ${inBackup} in the backup, ${created} is made`);
  return (
    <Stack gap="md">
      {plan.rows ? <PlannedRowsTable planned={plan.rows} /> : <TablesOf plan={plan} inPlace={inPlace} />}
      {plan.shared !== undefined && plan.shared.length > 0 && (
        <Facts title={`${counted(plan.shared.length, 'table')} shared, left alone`} items={plan.shared} />
      )}
      {plan.warnings.length > 0 && <Facts title="Warnings" items={plan.warnings} />}
      {plan.adapted.length > 0 && (
        <Facts
          title={`${counted(plan.adapted.length, 'table')} in another form than in the backup`}
          note="The rows are adapted to the form that the table has today."
          items={plan.adapted.flatMap(({ table, changes }) => changes.map((change) => `${table}: ${change}`))}
        />
      )}
      <Facts title="Dropped for good, because it came since the backup" items={lostLines(plan)} />
      <Facts title="Made again as in the backup" items={replacedLines(plan)} />
      <Facts
        title="Made again as it is today"
        note="It needs what is made again."
        items={plan.remade ?? []}
      />
      {plan.locks.length > 0 && (
        <Facts
          title={`${counted(plan.locks.length, 'table')} locked until it is through`}
          items={plan.locks}
        />
      )}
      {plan.foreignKeys.length > 0 && (
        <Facts
          title={`${counted(plan.foreignKeys.length, 'foreign key')} checked again`}
          note="They are dropped and added again. If a row would refer to a missing row, nothing is changed."
          items={plan.foreignKeys}
        />
      )}
      {versions.length > 0 && (
        <Facts title={`${counted(versions.length, 'extension')} in another version`} items={versions} />
      )}
      {plan.create.length > 0 && (
        <Facts title={`${counted(plan.create.length, 'missing object')} created`} items={plan.create} />
      )}
      {plan.leftOut.length > 0 && (
        <Facts title={`${counted(plan.leftOut.length, 'missing object')} not created`} items={plan.leftOut} />
      )}
      {plan.differs.length > 0 && (
        <Facts
          title={`${counted(plan.differs.length, 'object')} defined differently`}
          note="They stay as they are in the database."
          items={plan.differs}
        />
      )}
      {plan.extra.length > 0 && (
        <Facts
          title={`${counted(plan.extra.length, 'object')} not in the backup`}
          note="They stay as they are."
          items={plan.extra}
        />
      )}
    </Stack>
  );
}

interface TablesProps {
  plan: RestorePlan;
  inPlace: boolean;
}

function TablesOf({ plan, inPlace }: TablesProps) {
  return (
    <div className={classes.scroll} tabIndex={0} role="region" aria-label="Tables of the plan">
      <table className={classes.table} role="table">
        <thead role="rowgroup">
          <tr role="row">
            <th scope="col" role="columnheader">
              Table
            </th>
            {inPlace && (
              <th scope="col" role="columnheader" className={classes.figure}>
                Rows now
              </th>
            )}
            <th scope="col" role="columnheader" className={classes.figure}>
              {inPlace ? 'Rows then' : 'Rows'}
            </th>
            {inPlace && (
              <th scope="col" role="columnheader" className={classes.figure}>
                Change
              </th>
            )}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {plan.tables.map((table) => (
            <tr key={table.table} role="row">
              <td role="cell" className={classes.name}>
                {table.table}
              </td>
              {inPlace && (
                <td role="cell" className={classes.figure}>
                  {table.rowsNow === null
                    ? 'missing'
                    : `${table.rowsNowIsEstimate ? '~' : ''}${formatCount(table.rowsNow)}`}
                </td>
              )}
              <td role="cell" className={classes.figure}>
                {formatCount(table.rowsInBackup)}
              </td>
              {inPlace && (
                <td role="cell" className={classes.figure}>
                  {changeInRows(table) ?? 'created'}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A list that is short until it is opened; nothing where it has no items. */
function Facts({ title, note, items }: { title: string; note?: string; items: string[] }) {
  if (items.length === 0) return null;
  return (
    <details className={classes.facts} open={items.length <= 3}>
      <summary>{title}</summary>
      {note !== undefined && (
        <Text size="sm" c="dimmed">
          {note}
        </Text>
      )}
      <List size="sm" spacing={2}>
        {items.map((item) => (
          <List.Item key={item} className={classes.name}>
            {item}
          </List.Item>
        ))}
      </List>
    </details>
  );
}
