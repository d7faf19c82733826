import fc from 'fast-check';
import type pg from 'pg';
import { anyText, builtinTypes, enumType, identifier, type ColumnType } from './random-values.ts';
import { enumName, render, type Column, type Model, type Table } from './random-script.ts';

/** A schema and its rows, as the statements that make them in an empty database of any major. */
export interface RandomDatabase {
  statements: string[];
  /** Runs the statements. @throws the server's error, which never happens with a right generator */
  create(client: pg.Client): Promise<void>;
  /** The script, for a report of a failure; fast-check prints it by itself. */
  toString(): string;
}

const enums = fc.array(
  fc.record({
    name: identifier,
    labels: fc.uniqueArray(identifier, { minLength: 1, maxLength: 5 }),
  }),
  { maxLength: 2 },
);

function column(types: ColumnType[]): fc.Arbitrary<Column> {
  return fc.oneof(
    ...types.map((type) =>
      fc.record({
        name: identifier,
        type: fc.constant(type),
        values: fc.array(type.value, { minLength: 1, maxLength: 6 }),
        notNull: fc.boolean(),
        nulls: fc.boolean(),
        role: fc.constantFrom<Column['role']>(
          'plain',
          'plain',
          'default',
          'unique',
          'indexed',
          'checked',
          'added later',
          'dropped',
          'generated',
        ),
      }),
    ),
  );
}

const referenceOptions = [
  '',
  'ON DELETE CASCADE',
  'ON UPDATE SET NULL',
  'DEFERRABLE INITIALLY DEFERRED',
  'MATCH FULL',
  'NOT VALID',
];

function table(types: ColumnType[]): fc.Arbitrary<Table> {
  return fc.record({
    name: identifier,
    inSecondSchema: fc.boolean(),
    kind: fc.constantFrom<Table['kind']>(
      'keyed',
      'keyed',
      'bare',
      'no columns',
      'unlogged',
      'identity',
      'range',
      'hash',
      'list',
    ),
    columns: fc.uniqueArray(column(types), { maxLength: 7, selector: ({ name }) => name }),
    references: fc.uniqueArray(
      fc.record({ name: identifier, target: fc.nat(20), options: fc.constantFrom(...referenceOptions) }),
      { maxLength: 2, selector: ({ name }) => name },
    ),
    rows: fc.nat(25),
    view: fc.constantFrom('none', 'none', 'view', 'filled', 'not filled'),
    comment: fc.option(anyText.filter((text) => text !== '')),
  });
}

const model: fc.Arbitrary<Model> = enums.chain((chosen) => {
  const own = chosen.map(({ name, labels }, index) => enumType(enumName(name, index), labels));
  return fc.record({
    schema: identifier,
    enums: fc.constant(chosen),
    tables: fc.array(table([...builtinTypes, ...own]), { minLength: 1, maxLength: 6 }),
    sequences: fc.array(
      fc.record({
        name: identifier,
        start: fc.integer({ min: 1, max: 1000 }),
        increment: fc.constantFrom(1, -1, 7, -100),
        calls: fc.nat(4),
        cycle: fc.boolean(),
      }),
      { maxLength: 2 },
    ),
  });
});

/** Random databases: tables with columns of random types, keys, checks, references in circles, partitions, enums, odd names. */
export const randomDatabase: fc.Arbitrary<RandomDatabase> = model.map((description) => {
  const statements = render(description);
  const toString = (): string => `${statements.join(';\n')};`;
  return {
    statements,
    async create(client) {
      for (const statement of statements) await client.query(statement);
    },
    toString,
    [fc.toStringMethod]: toString,
  };
});
