/** Words that make the texts of this project hard to read. They are not used in code, page or documents. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';

const root = path.resolve(import.meta.dirname, '../..');

/** What is not written, and what is written instead. */
const unwanted: [pattern: RegExp, instead: string][] = [
  [/\bwho(?:m)?ever\b/i, 'the role, process or caller that'],
  [/\bsomebody\b/i, 'another session, role or user'],
  [/\bstands\b/i, 'is'],
  [/\bso (?:many|long)\b/i, 'the number or the time itself'],
  [/\bby itself\b/i, 'automatically, alone, separately'],
  [/\bto be had\b|\bbe had in time\b/i, 'to get, to be available'],
  [/\bclean-ups?\b/i, 'cleanup'],
  [/\bmateriali[s]ed\b/i, 'materialized'],
  [/\binitiali[s]e/i, 'initialize'],
  [/\b(?:un)?authori[s]ed\b/i, 'authorized'],
  [/\bzoo\b/i, 'kitchen sink'],
];

const folders = ['src', 'web', 'docs', 'examples', 'README.md', 'CHANGELOG.md'];
/** Migrations stay as they were released: databases hold their texts. */
const asReleased = /^src\/catalog\/migrations\//;

async function textFiles(name: string): Promise<string[]> {
  const full = path.join(root, name);
  if ((await fs.stat(full)).isFile()) return [name];
  const found = await fs.readdir(full, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile() && /\.(tsx?|css|html|md)$/.test(entry.name))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .filter((file) => !file.includes('node_modules'));
}

function unwantedIn(text: string): string[] {
  return text.split('\n').flatMap((line, index) =>
    unwanted.flatMap(([pattern, instead]) => {
      const [found] = pattern.exec(line) ?? [];
      return found === undefined ? [] : [`${index + 1}: "${found}"; rather: ${instead}`];
    }),
  );
}

test('public texts are in plain English', async () => {
  const files = (await Promise.all(folders.map(textFiles))).flat().filter((file) => !asReleased.test(file));
  assert.ok(files.length > 300, `${files.length} files`);
  const found = await Promise.all(
    files.map(async (file) =>
      unwantedIn(await fs.readFile(path.join(root, file), 'utf8')).map((each) => `${file}:${each}`),
    ),
  );
  assert.deepEqual(found.flat(), []);
});

test('unwanted words are found in any case, and only as words', () => {
  assert.deepEqual(unwantedIn('Whoever waits.\nIt withstands a clean-up.'), [
    '1: "Whoever"; rather: the role, process or caller that',
    '2: "clean-up"; rather: cleanup',
  ]);
});
