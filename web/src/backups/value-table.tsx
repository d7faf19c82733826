import { RowTable, type Column } from '../parts/row-table.tsx';
import classes from './value-table.module.css';

interface Props {
  caption: string;
  columns: readonly { name: string }[];
  /** Values as PostgreSQL writes them as text. */
  rows: readonly (readonly (string | null)[])[];
}

interface Row {
  values: readonly (string | null)[];
  at: number;
}

/** Rows of a database. */
export function ValueTable({ caption, columns, rows }: Props) {
  return (
    <RowTable
      caption={caption}
      columns={distinctNames(columns).map((title, i): Column<Row> => ({
        title,
        ...(i === 0 ? { heading: true } : {}),
        cell: ({ values }) => <Value text={values[i] ?? null} />,
      }))}
      rows={rows.map((values, at) => ({ values, at }))}
      rowKey={({ at }) => at}
    />
  );
}

/** A statement may give two columns of one name. */
function distinctNames(columns: Props['columns']): string[] {
  const seen = new Map<string, number>();
  return columns.map(({ name }) => {
    const before = seen.get(name) ?? 0;
    seen.set(name, before + 1);
    return before === 0 ? name : `${name} (${before + 1})`;
  });
}

const shownCharacters = 200;

function Value({ text }: { text: string | null }) {
  if (text === null) return <span className={classes.null}>null</span>;
  return (
    <span className={classes.value}>
      {text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text}
    </span>
  );
}
