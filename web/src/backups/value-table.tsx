import { Checkbox } from '@mantine/core';
import { RowTable, type Column } from '../parts/row-table.tsx';
import classes from './value-table.module.css';

interface Props {
  caption: string;
  columns: readonly { name: string }[];
  /** Values as PostgreSQL writes them as text. */
  rows: readonly (readonly (string | null)[])[];
  /** A box to tick beside each row. */
  choice?: {
    /** What ticking a row means, for screen readers. */
    name: (values: readonly (string | null)[]) => string;
    /** Places of rows. */
    chosen: ReadonlySet<number>;
    choose: (at: number, isChosen: boolean) => void;
  };
}

interface Row {
  values: readonly (string | null)[];
  at: number;
}

/** Rows of a database. */
export function ValueTable({ caption, columns, rows, choice }: Props) {
  return (
    <RowTable
      caption={caption}
      columns={[
        ...boxOf(choice),
        ...distinctNames(columns).map((title, i): Column<Row> => ({
          title,
          ...(i === 0 ? { heading: true } : {}),
          cell: ({ values }) => <Value text={values[i] ?? null} />,
        })),
      ]}
      rows={rows.map((values, at) => ({ values, at }))}
      rowKey={({ at }) => at}
    />
  );
}

function boxOf(choice: Props['choice']): Column<Row>[] {
  if (!choice) return [];
  return [
    {
      title: 'Restore this row',
      hiddenTitle: true,
      corner: true,
      cell: ({ values, at }) => (
        <Checkbox
          aria-label={choice.name(values)}
          checked={choice.chosen.has(at)}
          onChange={(event) => choice.choose(at, event.currentTarget.checked)}
        />
      ),
    },
  ];
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

/** One value, or that there is none. */
export function Value({ text }: { text: string | null }) {
  if (text === null) return <span className={classes.null}>null</span>;
  return (
    <span className={classes.value}>
      {text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text}
    </span>
  );
}
