import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { mainFile, temporaryFolder } from '../cli/holdfast.ts';
import { addressOf, counts, lostShop, whole } from '../cli/lost-shop.ts';

/* What docs/RECOVERY.md says is done here, in the order of the page. */

const run = promisify(execFile);
const docs = path.resolve(import.meta.dirname, '../../docs');
const needed = ['psql', 'jq', 'zstd', 'age'];
const lacking = needed.filter((program) => spawnSync(program, ['--version']).status !== 0);
const toolsOrSkip =
  lacking.length > 0 ? { skip: `${lacking.join(', ')} not on PATH; install them to run this` } : {};

async function scriptsOf(page: string): Promise<string[]> {
  const text = await fs.readFile(path.join(docs, page), 'utf8');
  return [...text.matchAll(/```sh\n([^]*?)```/g)].map(([, script]) => script!);
}

test('the commands of the page restore a store alone', async (t) => {
  const { store, db, identity } = await lostShop(t, { sealed: true });
  const folder = await temporaryFolder(t);
  await fs.copyFile(identity, path.join(folder, 'recovery.key'));
  const commands = (await scriptsOf('RECOVERY.md')).filter((script) => script.startsWith('holdfast '));
  assert.equal(commands.length, 5);
  const database = db.freeName();
  const { PATH = '' } = process.env;
  const env = { PATH, STORE: store, NEW: addressOf(db, database) };
  const script = commands.join('').replaceAll(/^holdfast /gm, `"${process.execPath}" "${mainFile}" `);
  await run('sh', ['-euc', script], { cwd: folder, env });
  const { client } = await db.adopt(database);
  assert.deepEqual((await client.query(counts)).rows[0], whole);
  assert.ok((await fs.stat(path.join(folder, 'shop.sql'))).size > 1_000);
});

for (const sealed of [false, true]) {
  test(
    `a ${sealed ? 'sealed' : 'plain'} store comes back by hand, without Holdfast`,
    toolsOrSkip,
    async (t) => {
      const { folder: STORE, db, identity, uuids } = await lostShop(t, { sealed });
      const folder = await temporaryFolder(t);
      const { PATH = '' } = process.env;
      const shell = (script: string, UUID = '') =>
        run('sh', ['-c', script], { cwd: folder, env: { PATH, STORE, UUID, IDENTITY: identity } });
      const [list = '', apart = ''] = (await scriptsOf('RECOVERY.md')).filter(
        (script) => !script.startsWith('holdfast '),
      );
      const newest = (await shell(list)).stdout.trim().split('\n').at(-1)!;
      assert.match(newest, new RegExp(`^2 .* ${uuids[1]}$`));
      await shell(apart, newest.split(' ')[2]);
      const format = await fs.readFile(path.join(docs, 'FORMAT.md'), 'utf8');
      const [, script = ''] = /## 12\. By hand\n[^]*?```sh\n([^]*?)```/.exec(format)!;
      await shell(`{ ${script}\n} > shop.sql`);
      const empty = await db.createDatabase();
      const psql = ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', empty.connectionString, '-f', 'shop.sql'];
      await run('psql', psql, { cwd: folder });
      assert.deepEqual((await empty.client.query(counts)).rows[0], whole);
    },
  );
}
