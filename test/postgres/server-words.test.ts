import assert from 'node:assert/strict';
import { test } from 'node:test';
import { soughtTexts } from '../support/source-texts.ts';

/**
 * Whose words a source may look for, and why they are the same everywhere. What a server says is in the language of its
 * lc_messages: there only SQLSTATEs and the names of its source files count.
 */
const known: Record<string, string> = {
  'base/words.ts': 'numbers in our own messages, for people to read',
  'engine/adapt/named-type.ts': 'names of types in a manifest, which format_type writes the same everywhere',
  'engine/rows/line-filter.ts': 'names of types in a manifest, as above',
  'engine/drill/scratch-plan.ts': 'a warning of our own plan',
  'postgres/failure.ts': 'the driver has no codes for a lost connection, and speaks English only',
  'postgres/pg-dump/failure.ts': 'pg_dump itself, which is run without another language',
  'postgres/embedded/embedded.ts': 'the log of our own server, which is started with lc_messages = C',
};

/** Statements that are ours, or of a manifest, are told by their beginning. */
const ofSql = /\b(?:create|comment on|alter|drop|insert into|select)\b/;

test('nothing is decided by the words of a server message', () => {
  // Two words in small letters beside each other.
  const sentences = soughtTexts().filter(
    ({ text }) => /[a-z]{3,}(?: |\\s|\\S)[+*]?[a-z]{2,}/.test(text) && !ofSql.test(text),
  );
  assert.ok(
    sentences.some(({ file }) => file === 'postgres/failure.ts'),
    'the scanner sees them',
  );
  assert.deepEqual(
    sentences.filter(({ file }) => !(file in known)),
    [],
  );
});
