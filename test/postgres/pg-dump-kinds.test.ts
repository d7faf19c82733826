import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import test from 'node:test';
import { dumpProgram } from '../../src/postgres/pg-dump/files.ts';
import { entryKind, knownKinds } from '../../src/postgres/pg-dump/kinds.ts';

/** Texts in capitals that pg_dump has for something else, besides names of errors and of environment variables. */
const otherTexts =
  `ACL LANGUAGE|ALTER SYSTEM|ALTER TABLE|ALTER TABLE IF EXISTS|BEGIN|BY DEFAULT|COMMIT|CONNECT|CREATE|
  CREATE OR REPLACE VIEW|DISABLE|DROP CONSTRAINT|ENABLE|ENABLE ALWAYS|ENABLE REPLICA|EXECUTE|EXTENDED|EXTERNAL|
  FOREIGN SERVER|FUNCTIONS|HOME|JOHAB|LANG|LARGE OBJECT|LARGE OBJECTS|MAINTAIN|NONE|NOTICE|OAUTHBEARER|PARAMETER|PLAIN|
  POSIX|PRIMARY KEY|PROCEDURES|PUBLIC|REFERENCES|ROLE|SCHEMAS|SEQUENCES|SJIS|TABLESPACE|TEMPORARY|TRUNCATE|TYPES|UNIQUE|
  UNLOGGED|UNSAFE|USAGE|VALUES|WARNING|WITH INOUT|WITHOUT FUNCTION|ZSTD`
    .split('|')
    .map((text) => text.trim());

/** Of the names of errors that a C library knows, Node leaves out one. */
const errors: object = { ...constants.errno, EHOSTDOWN: 112 };

/** The texts of the program that consist of words in capitals, as descriptions of entries do. */
async function capitalTexts(): Promise<Set<string>> {
  const program = await readFile(dumpProgram, 'latin1');
  const words = program.split('\0').filter((text) => /^[A-Z]{2,}(?: [A-Z]+)*$/.test(text) && text.length > 3);
  return new Set(words.filter((text) => !text.startsWith('PG') && !(text in errors)));
}

test('every text in our pg_dump that may be the kind of an entry is a known kind or known to be none', async () => {
  const texts = await capitalTexts();
  assert.ok(texts.size > 60, `only ${texts.size} texts were found`);
  const unknown = [...texts].filter((text) => !knownKinds.has(text) && !otherTexts.includes(text));
  assert.deepEqual(unknown.toSorted(), []);
});

test('every kind is one that our pg_dump can write', async () => {
  const program = await readFile(dumpProgram, 'latin1');
  // The compiler lets a text be the end of a longer one.
  const invented = [...knownKinds].filter((kind) => !program.includes(`${kind}\0`));
  assert.deepEqual(invented, []);
});

test('only untrusted code needs a superuser, whatever a body says', () => {
  const { superuser } = entryKind('FUNCTION');
  assert.ok(superuser instanceof RegExp);
  const head = 'CREATE FUNCTION public.f("LANGUAGE c" integer) RETURNS integer';
  assert.match(`${head}\n    LANGUAGE c STRICT\n    AS 'lib', $$f$$;`, superuser);
  assert.match(`${head}\n    LANGUAGE plpython3u\n    AS $$pass$$;`, superuser);
  assert.match(`${head}\n    LANGUAGE sql IMMUTABLE LEAKPROOF\n    AS $$select 1$$;`, superuser);
  assert.doesNotMatch(`${head}\n    LANGUAGE sql\n    AS $$\n    LANGUAGE c LEAKPROOF$$;`, superuser);
});
