import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sourceTexts } from '../support/source-texts.ts';
import { testDatabase } from '../support/database.ts';

/**
 * Temporary tables and types come before the server's own, and an application's function that a restore calls may make
 * some in our session. Migrations are run in a session that calls no such function, and commands of the CLI are texts for people.
 */
const exempt = /^(contract|catalog\/migrations|cli\/commands|cli\/start)\//;
/** Syntax of the grammar, which calls pg_catalog's function whatever the search path is (gram.y, `COERCE_SQL_SYNTAX`). */
const grammar = new Set(['extract']);
/** A sentence, not SQL. */
const sentence = /\(\) returned nothing/;

test('every function, type and relation of the server is named with its schema in our SQL', async (t) => {
  const { client } = await testDatabase(t);
  const namesOf = async (sql: string): Promise<Set<string>> =>
    new Set((await client.query<{ name: string }>(sql)).rows.map(({ name }) => name));
  const catalog = `'pg_catalog'::regnamespace`;
  const functions = await namesOf(`select proname as name from pg_proc where pronamespace = ${catalog}`);
  const types = await namesOf(`select typname as name from pg_type where typnamespace = ${catalog}`);
  const relations = await namesOf(`select relname as name from pg_class where relnamespace = ${catalog}`);
  const found: string[] = [];
  for (const { file, text } of sourceTexts()) {
    if (exempt.test(file) || sentence.test(text)) continue;
    const note = (kind: string, pattern: RegExp, known: Set<string>): void => {
      for (const [, name] of text.matchAll(pattern)) {
        if (name !== undefined && known.has(name) && !grammar.has(name))
          found.push(`${file}: ${kind} ${name}`);
      }
    };
    note('function', /(?<![.\w"$])([a-z_]\w*)\(/g, functions);
    note('type', /::([a-z_]\w*)/g, types);
    note('relation', /\b(?:from|join|update|into)\s+(?:only\s+)?(pg_\w+)\b(?!\.)/g, relations);
  }
  assert.ok(functions.has('unnest') && types.has('jsonb') && relations.has('pg_class'));
  assert.deepEqual(found, []);
});
