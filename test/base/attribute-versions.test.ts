import assert from 'node:assert/strict';
import test from 'node:test';
import { withoutAttributeVersions } from '../../src/base/attribute-versions.ts';

const table = 'CREATE TABLE public.t (\n    id integer NOT NULL,\n    n text\n);';

test('what the server keeps among the options of columns is no part of a definition', () => {
  const sql = `${table}
ALTER TABLE ONLY public.t ALTER COLUMN id SET (pg_attver=57341200);
ALTER TABLE ONLY public.t ALTER COLUMN n SET (pg_attver=57341200);`;
  assert.equal(withoutAttributeVersions(sql), table);
  assert.equal(
    withoutAttributeVersions(
      `${table}\nALTER FOREIGN TABLE ONLY public."t ""x;" ALTER COLUMN "a)" SET (pg_attver=1);`,
    ),
    table,
  );
});

test('options that somebody has set stay', () => {
  const options = [
    ['pg_attver=1, n_distinct=5', 'n_distinct=5'],
    ['n_distinct=-0.5, pg_attver=1', 'n_distinct=-0.5'],
    ['n_distinct=5, pg_attver=1, n_distinct_inherited=-1', 'n_distinct=5, n_distinct_inherited=-1'],
  ] as const;
  for (const [given, left] of options) {
    const sql = (text: string): string =>
      `${table}\nALTER TABLE ONLY public.t ALTER COLUMN id SET (${text});\nALTER TABLE ONLY public.t REPLICA IDENTITY FULL;`;
    assert.equal(withoutAttributeVersions(sql(given)), sql(left));
  }
});

test('the same words in a text, a name or a condition stay', () => {
  for (const sql of [
    `CREATE TABLE public.t (\n    n text DEFAULT ';\nALTER TABLE ONLY public.t ALTER COLUMN n SET (pg_attver=1);\n'::text\n);`,
    `CREATE TABLE public.t (\n    pg_attver integer,\n    CONSTRAINT c CHECK ((pg_attver=1))\n);`,
    `CREATE TABLE public."ALTER COLUMN n SET (pg_attver=1);" (\n    id integer\n);`,
    `CREATE FUNCTION public.f() RETURNS void LANGUAGE sql AS $$ ALTER TABLE t ALTER COLUMN n SET (pg_attver=1); $$;`,
  ])
    assert.equal(withoutAttributeVersions(sql), sql);
});
