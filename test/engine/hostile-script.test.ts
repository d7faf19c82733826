import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { HoldfastError } from '../../src/base/errors.ts';
import { exportSql } from '../../src/engine/read/download.ts';
import { encodeChunk } from '../../src/format/chunk.ts';
import type { Manifest } from '../../src/format/manifest.ts';
import { psqlText } from '../../src/format/psql-text.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { testDatabase } from '../support/database.ts';
import { psqlOrSkip } from '../support/psql.ts';
import { takeBackup } from './runs.ts';

/** Where psql is run: what a command of a script makes there shows that it was run. */
async function folder(t: TestContext): Promise<string> {
  const made = await fs.mkdtemp(path.join(os.tmpdir(), 'holdfast-script-'));
  t.after(() => fs.rm(made, { recursive: true }));
  return made;
}

/** Runs a script as the most careless would: without stopping at errors. @returns the files it made */
async function filesMadeBy(script: string, connectionString: string, cwd: string): Promise<string[]> {
  const child = spawn('psql', ['-X', '-q', '-d', connectionString], {
    cwd,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.stdin.on('error', () => {});
  child.stdin.end(script);
  await once(child, 'close');
  return fs.readdir(cwd);
}

/** As for a psql that does not know the command, or one who takes it away. */
function withoutRestrict(script: string): string {
  return script.replaceAll(/^\\(un)?restrict .*$/gm, '');
}

const hostileSql: Record<string, string> = {
  'a command': '\\! touch made',
  'a command behind a statement': 'select 1; \\! touch made\n',
  'a command behind a string that ends with a backslash': `select 'a\\' \\! touch made\n;`,
  'a command that another setting sets free': `set standard_conforming_strings = off; select 'a\\'' \n\\! touch made\n';`,
  'a quote without end': `select '`,
  'a dollar quote without end': 'select $a$',
  'a comment without end': '/*',
  'a parenthesis without end': 'select (1;',
  'a carriage return in a remark': '-- remark\r\\! touch made\n',
  'the end of data': '\\.\n\\! touch made\n',
  'the end of the restriction': '\\unrestrict x\n\\! touch made\n',
};

test('psql runs nothing that a manifest says', psqlOrSkip, async (t) => {
  const db = await testDatabase(t);
  await db.client.query(`create table t (a text); insert into t values (E'\\\\! touch made\\n\\\\.\\nx')`);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  for (const [what, sql] of Object.entries(hostileSql)) {
    for (const field of ['sql', 'ownerSql', 'largeObject', 'condition', 'evaluation'] as const) {
      const hostile = structuredClone(manifest);
      const entry = hostile.schema.entries.find((each) => each.kind === 'TABLE')!;
      if (field === 'condition')
        Object.assign(hostile.tables[0]!, { kind: 'extension-config', condition: sql });
      else if (field === 'evaluation') hostile.source.evaluation = { [sql]: sql, TimeZone: sql };
      else if (field === 'largeObject') hostile.largeObjects.objects.push({ oid: 7, owner: 'postgres', sql });
      else entry[field] = sql;
      await assertHarmless(hostile, `${what} in ${field}`);
    }
  }
  for (const evil of [
    '\n\\! touch made\n',
    '\r\\! touch made\r',
    `"\n\\! touch made\n`,
    `';\n\\! touch made\n`,
  ]) {
    const hostile = structuredClone(manifest);
    Object.assign(hostile.source, { database: evil, serverVersion: evil });
    hostile.schema.dumper = evil;
    for (const entry of hostile.schema.entries)
      Object.assign(entry, { name: evil, kind: evil, schema: evil });
    Object.assign(hostile.tables[0]!, { schema: evil, name: evil });
    hostile.tables[0]!.columns[0]!.name = evil;
    hostile.sequences.push({ schema: evil, name: evil, lastValue: '1', isCalled: true, ownedBy: null });
    hostile.largeObjects.objects.push({ oid: 7, owner: evil, sql: '' });
    await assertHarmless(hostile, `names with ${JSON.stringify(evil)}`);
  }
  for (const data of ['\\.\n\\! touch made\n', 'a\n\\.\n\\! touch made\n', 'a', '\\!touch made']) {
    const hostile = structuredClone(manifest);
    const { chunk } = await encodeChunk(Uint8Array.from(Buffer.from(data)), 1, undefined);
    await store.putChunks([chunk as never]);
    hostile.tables[0]!.ranges[0]!.segments[0]!.chunks = [
      { id: chunk.id, rawBytes: chunk.rawBytes, storedBytes: chunk.frame.length },
    ];
    await assertHarmless(hostile, `data ${JSON.stringify(data)}`);
  }

  async function assertHarmless(hostile: Manifest, what: string): Promise<void> {
    const { connectionString } = await db.createDatabase();
    const cwd = await folder(t);
    let script: string;
    try {
      script = await text(exportSql(store, hostile, 'sql'));
    } catch (error) {
      assert.ok(error instanceof HoldfastError, what);
      assert.match(error.code, /^(MANIFEST_INVALID|CHUNK_CORRUPT)$/, what);
      return;
    }
    assert.deepEqual(await filesMadeBy(script, connectionString, cwd), [], what);
    assert.deepEqual(
      await filesMadeBy(withoutRestrict(script), connectionString, cwd),
      [],
      `${what}, unrestricted`,
    );
  }
});

test('the word that ends the restriction is another each time, and known to nobody before', async (t) => {
  const db = await testDatabase(t);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  const words = new Set<string>();
  for (let time = 0; time < 3; time++) {
    const script = await text(exportSql(store, manifest, 'sql'));
    const begins = /^\\restrict ([0-9a-f]{64})$/m.exec(script);
    assert.ok(begins, script);
    assert.match(script, new RegExp(`\n\\\\unrestrict ${begins[1]}\n`));
    // Nothing of the manifest comes before it.
    assert.doesNotMatch(script.slice(0, begins.index), /^(?!--|$)/m);
    assert.ok(!JSON.stringify(manifest).includes(begins[1]!));
    words.add(begins[1]!);
  }
  assert.equal(words.size, 3);
});

test('restricted, psql refuses what would be a command', psqlOrSkip, async (t) => {
  const db = await testDatabase(t);
  const store = memoryStore();
  const script = await text(exportSql(store, await takeBackup(db.target, store), 'sql'));
  const key = /^\\restrict (\w+)$/m.exec(script)![1]!;
  const cwd = await folder(t);
  const evil = script.replace(`\n\\unrestrict ${key}`, () => `\n\\! touch made\n\\unrestrict ${key}`);
  assert.deepEqual(await filesMadeBy(evil, db.connectionString, cwd), []);
  assert.deepEqual(await filesMadeBy(withoutRestrict(evil), db.connectionString, cwd), ['made']);
});

/** What psql's and our reading could disagree about, thrown together. */
const soup = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "'",
        "''",
        '"',
        '$',
        '$$',
        '$a$',
        '\\',
        "E'",
        "U&'",
        'U&"',
        "B'",
        "N'",
        '--',
        '/*',
        '*/',
      ),
      fc.constantFrom(
        ';',
        '(',
        ')',
        ' ',
        '\n',
        '\r',
        '\t',
        '\v',
        'a',
        'é',
        '1',
        '0x1F',
        '1e',
        '\\! touch made\n',
      ),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

for (const setting of ['on', 'off']) {
  test(
    `psql finds no command in text that was let through, standard_conforming_strings ${setting}`,
    psqlOrSkip,
    async (t) => {
      const db = await testDatabase(t);
      const written: string[] = [];
      for (const sql of fc.sample(soup, 60_000)) {
        try {
          const out = psqlText(sql, 'it');
          if (/[\\'"$]/.test(out)) written.push(out);
        } catch (error) {
          assert.ok(error instanceof HoldfastError, sql);
        }
      }
      assert.ok(written.length > 500, `only ${written.length}`);
      assert.ok(written.some((each) => each.includes('touch')));
      const script = `set standard_conforming_strings = ${setting};\n${written.join('\n\n')}\n`;
      assert.deepEqual(await filesMadeBy(script, db.connectionString, await folder(t)), []);
      // And where it ends is where nothing is open.
      const cwd = await folder(t);
      assert.deepEqual(await filesMadeBy(`${script}\n\\! touch end\n`, db.connectionString, cwd), ['end']);
    },
  );
}
