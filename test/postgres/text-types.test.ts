import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settledOutputs } from '../../src/postgres/inspect/text-types.ts';
import { testDatabase } from '../support/database.ts';
import { majors } from '../support/majors.ts';

/** Output functions whose text depends on names in the catalog, or of types that no column can have. */
const unfit = [
  'aclitemout',
  'regclassout',
  'regcollationout',
  'regconfigout',
  'regdatabaseout',
  'regdictionaryout',
  'regnamespaceout',
  'regoperatorout',
  'regoperout',
  'regprocedureout',
  'regprocout',
  'regroleout',
  'regtypeout',
];
const ofPseudoTypes = /^(any\w*|shell|void|trigger|language_handler|\w*_handler)_?out$/;

for (const major of majors) {
  test(`each output function that PostgreSQL marks stable is known, on ${major}`, async (t) => {
    const { client } = await testDatabase(t, { major });
    const { rows } = await client.query<{ output: string }>(
      `select distinct p.proname as output from pg_type t join pg_proc p on p.oid = t.typoutput
        where p.provolatile <> 'i' and p.pronamespace = 'pg_catalog'::regnamespace and t.typtype <> 'p' order by 1`,
    );
    const outputs = rows.map(({ output }) => output);
    assert.deepEqual(
      outputs.filter(
        (each) => !settledOutputs.has(each) && !unfit.includes(each) && !ofPseudoTypes.test(each),
      ),
      [],
    );
    assert.ok(outputs.includes('regclassout') && outputs.includes('timestamptz_out'));
  });
}
