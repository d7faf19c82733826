/**
 * Small databases, each of a kind that went wrong once, through every way of bringing a backup back. Schema, rows,
 * materialized views, sequences and large objects must be what they were; or the restore must be refused as the case says.
 *
 * A case is a file of SQL. Its first lines may say, each behind `-- `:
 *   since: 18                      the oldest server that knows what it uses
 *   part: public.t                 the table of a partial restore
 *   damage: SQL, partdamage: SQL   what is destroyed first; otherwise rows are deleted, or the table is dropped with cascade
 *   options: JSON                  options of a restore without which it is refused
 *   refused: CODE word, word       how, in every way that takes options; the message and hint have these words
 *   differs: table public.t; …     what has other contents after a restore with the options; the schema then has others, too
 *   skip: way; way                 ways that do not apply
 *
 * HOLDFAST_CASES=folder takes another folder of them, HOLDFAST_CASE=name those whose name has it; both, and
 * HOLDFAST_TEST_MATRIX=full, take every way on every major that is tested.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { HoldfastError } from '../../src/index.ts';
import { assertSameState, contentDifferences } from '../support/compare.ts';
import { testDatabase } from '../support/database.ts';
import { psqlOrSkip } from '../support/psql.ts';
import type { Major } from '../support/majors.ts';
import { isTurn, outermostMajors, testedMajors } from '../support/servers.ts';
import { bringBack, prepare, ways, type Case, type Way } from './ways.ts';

const folder = process.env['HOLDFAST_CASES'] ?? import.meta.dirname;
const chosen = process.env['HOLDFAST_CASE'] ?? '';
/** A folder or a case that is named is meant with every major and every way. */
const everything =
  outermostMajors.length === testedMajors.length ||
  process.env['HOLDFAST_CASES'] !== undefined ||
  chosen !== '';

/** What is tried of a case: everything, or a tenth of the ways, others in each run, on 18 or on 15. */
function triesOf(one: Case, index: number): { major: Major; way: Way }[] {
  const able = ways.filter(
    (way) => !one.skip.includes(way) && !(way.startsWith('one table') && one.part === undefined),
  );
  const majors = testedMajors.filter((major) => major >= one.since);
  if (everything) return majors.flatMap((major) => able.map((way) => ({ major, way })));
  const either = majors.filter((major) => major === 15 || major === 18);
  return able
    .filter((_, place) => isTurn((place + index) % 10, 10))
    .map((way) => ({ major: either[index % either.length]!, way }));
}

for (const [index, one] of (await readCases()).entries()) {
  for (const { major, way } of triesOf(one, index)) {
    const name = `${one.name} on PostgreSQL ${major}: ${way}`;
    test(name, way === 'download' ? psqlOrSkip : {}, async (t) => {
      const db = await testDatabase(t, { major });
      const prepared = await prepare(db, one);
      try {
        await check(way, one, (options) => bringBack(db, prepared, one, way, options), prepared.before);
      } finally {
        await prepared.system.stop();
      }
    });
  }
}

async function check(
  way: Way,
  one: Case,
  restore: (options: Case['options']) => ReturnType<typeof bringBack>,
  before: Awaited<ReturnType<typeof prepare>>['before'],
): Promise<void> {
  const refused = one.refused?.ways.includes(way) === true;
  if (refused) {
    const error = await restore({}).then(
      () => assert.fail('it was not refused'),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof HoldfastError, String(error));
    assert.equal(error.code, one.refused!.code, error.message);
    for (const word of one.refused!.words) {
      assert.ok(
        `${error.message} ${error.hint}`.includes(word),
        `${word} is not in: ${error.message} ${error.hint}`,
      );
    }
  }
  if (refused && Object.keys(one.options).length === 0) return;
  const after = await restore(refused ? one.options : {});
  if (!refused) return assertSameState(after, before);
  const differences = contentDifferences(after.contents, before.contents).map((text) => text.split('\n')[0]);
  assert.deepEqual(differences, one.differs);
}

async function readCases(): Promise<Case[]> {
  const names = (await fs.readdir(folder)).filter((name) => name.endsWith('.sql') && name.includes(chosen));
  return Promise.all(
    names.toSorted().map(async (name) => readCase(name, await fs.readFile(path.join(folder, name), 'utf8'))),
  );
}

function readCase(file: string, sql: string): Case {
  const says = (word: string): string | undefined =>
    new RegExp(`^-- ${word}: *(.+)$`, 'm').exec(sql)?.[1]?.trim();
  const refused = says('refused');
  const [code = '', ...words] = refused?.split(/[ ,]+/) ?? [];
  const skip = says('skip')?.split(/; */) ?? [];
  const unknown = skip.filter((way) => !(ways as readonly string[]).includes(way));
  assert.deepEqual(unknown, [], `${file} skips what there is not`);
  return {
    name: file.replace(/\.sql$/, ''),
    sql,
    part: says('part'),
    damage: says('damage'),
    partDamage: says('partdamage'),
    options: JSON.parse(says('options') ?? '{}') as Case['options'],
    // A download knows no options: what psql meets there is what the source holds.
    refused:
      refused === undefined ? undefined : { ways: ways.filter((way) => way !== 'download'), code, words },
    differs: says('differs')?.split(/; */) ?? [],
    skip: skip as Way[],
    since: Number(says('since') ?? 14),
  };
}
