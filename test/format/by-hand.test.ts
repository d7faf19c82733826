import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { createDatabase } from '../../src/postgres/databases.ts';
import { contents } from '../support/compare.ts';
import { testDatabase } from '../support/database.ts';

/* A backup comes back without Holdfast: docs/FORMAT.md, "By hand". */

const run = promisify(execFile);
const lacking = ['psql', 'jq', 'zstd'].filter((program) => spawnSync(program, ['--version']).status !== 0);
const toolsOrSkip =
  lacking.length > 0 ? { skip: `${lacking.join(', ')} not on PATH; install them to run this` } : {};

/** The second one has segments and drops. */
const archives = ['v2', 'v2-drops'].map((name) => path.join(import.meta.dirname, 'golden', name));

async function documented(): Promise<string> {
  const page = await fs.readFile(path.join(import.meta.dirname, '../../docs/FORMAT.md'), 'utf8');
  const [, script] = /## \d+\. By hand\n[^]*?```sh\n([^]*?)```/.exec(page)!;
  return script!;
}

/** A folder with the archive under the names that the page uses. */
async function unpacked(t: TestContext, archive: string): Promise<string> {
  const folder = await fs.mkdtemp(path.join(tmpdir(), 'holdfast-by-hand-'));
  t.after(() => fs.rm(folder, { recursive: true, force: true }));
  await fs.cp(path.join(archive, 'chunks'), path.join(folder, 'chunks'), { recursive: true });
  await fs.copyFile(path.join(archive, 'backup.json'), path.join(folder, 'document.json'));
  return folder;
}

for (const archive of archives) {
  test(
    `the golden archive ${path.basename(archive)} comes back by hand, with sh, jq, zstd and psql`,
    toolsOrSkip,
    async (t) => {
      const db = await testDatabase(t);
      const folder = await unpacked(t, archive);
      const { stdout: sql } = await run('sh', ['-c', await documented()], {
        cwd: folder,
        maxBuffer: 64 * 1024 * 1024,
        encoding: 'buffer',
      });
      await fs.writeFile(path.join(folder, 'script.sql'), sql);
      const database = db.freeName();
      await createDatabase(db.target, database, { encoding: 'UTF8', collate: 'C', ctype: 'C' } as never);
      const copy = await db.adopt(database);
      await run(
        'psql',
        ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', copy.connectionString, '-f', 'script.sql'],
        {
          cwd: folder,
        },
      );
      const expected = JSON.parse(await fs.readFile(path.join(archive, 'contents.json'), 'utf8')) as object;
      assert.deepEqual(await contents(copy.client), new Map(Object.entries(expected)));
    },
  );
}

test('and a root that was changed does not', toolsOrSkip, async (t) => {
  const folder = await unpacked(t, archives[0]!);
  const file = path.join(folder, 'document.json');
  const text = await fs.readFile(file, 'utf8');
  await fs.writeFile(file, text.replace('golden archive', 'golden arcdive'));
  await assert.rejects(run('sh', ['-c', await documented()], { cwd: folder }), { code: 1, stdout: '' });
});
