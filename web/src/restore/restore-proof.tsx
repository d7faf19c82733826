import type { RestoreDetail } from '../data/client.ts';
import { counted, formatBytes } from '../format/numbers.ts';
import { durationOf, formatDuration } from '../format/times.ts';
import { Count } from '../parts/figures.tsx';
import { Icon } from '../parts/icon.tsx';
import { Note } from '../parts/notes.tsx';
import { Panel } from '../parts/panel.tsx';
import { RowTable } from '../parts/row-table.tsx';
import classes from './restore-proof.module.css';

type Report = NonNullable<RestoreDetail['report']>;

/** The result of a restore, with the row counts of each table and of the backup. */
export function RestoreProof({ restore, report }: { restore: RestoreDetail; report: Report }) {
  const took = durationOf(restore);
  const also = [
    report.sequences > 0 ? counted(report.sequences, 'sequence') : '',
    report.largeObjects > 0 ? counted(report.largeObjects, 'large object') : '',
    report.created.length > 0 ? `${counted(report.created.length, 'object')} created` : '',
  ].filter((part) => part !== '');
  return (
    <>
      {/* Read out when the run ends while the page is open. */}
      <div role="status" className={classes.above}>
        <Note
          tone="good"
          title={`${counted(report.rows, 'row')} in ${counted(report.tables.length, 'table')} are back`}
        >
          {report.chosenRows
            ? 'Each row was compared with the backup after it was written'
            : `${counted(report.rows, 'row')} counted and ${formatBytes(report.rawBytes)} checked against the backup`}
          {took === null ? '' : `, in ${formatDuration(took)}`}
          {also.length > 0 ? `. Also ${also.join(', ')}` : ''}.
        </Note>
      </div>
      {[
        ['Left without rows, because its refresh failed', report.leftEmpty] as const,
        ['NOT VALID, because rows violate it', report.notValid] as const,
        ['Left out', report.leftOut] as const,
      ].map(([what, names]) =>
        names.length === 0 ? null : (
          <div key={what} className={classes.above}>
            {names.map((name) => (
              <Note key={name} tone="warn" title={`${what}: ${name}`} />
            ))}
          </div>
        ),
      )}
      {report.warnings.length > 0 && (
        <div className={classes.above}>
          {report.warnings.map((warning) => (
            <Note key={warning} tone="warn" title={warning} />
          ))}
        </div>
      )}
      <Panel title="Proof" flush>
        <RowTable
          caption="Rows of each table after the restore and in the backup"
          columns={[
            {
              title: 'Table',
              heading: true,
              cell: (row) => <span className={classes.name}>{row.table}</span>,
            },
            {
              title: report.chosenRows ? 'Rows as in the backup' : 'Rows restored',
              numeric: true,
              cell: (row) => <Count value={row.rows} />,
            },
            {
              title: report.chosenRows ? 'Rows asked for' : 'Rows in the backup',
              numeric: true,
              cell: (row) => <Count value={row.expectedRows} />,
            },
            {
              title: 'Proof',
              cell: (row) => (
                <span className={classes.proof}>
                  <Icon name={row.rows === row.expectedRows ? 'check' : 'alert'} size={15} />
                  {row.rows === row.expectedRows ? 'Equal' : 'Different'}
                </span>
              ),
            },
          ]}
          rows={report.tables}
          rowKey={(row) => row.table}
        />
      </Panel>
    </>
  );
}
