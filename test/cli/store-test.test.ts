import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { test } from 'node:test';
import { HoldfastError } from '../../src/base/errors.ts';
import type { StoreSelfTest } from '../../src/contract/store-test.ts';
import { selfTest } from '../../src/engine/stores/self-test.ts';
import { memoryObjects } from '../../src/store/objects/memory.ts';
import type { Objects } from '../../src/store/objects/objects.ts';
import { holdfast, temporaryFolder } from './holdfast.ts';

const allowed = ({ steps }: StoreSelfTest): Record<string, boolean | null> =>
  Object.fromEntries(steps.map((step) => [step.action, step.allowed]));

test('store test tries everything in a folder, says what a thief could do, and leaves it as it was', async (t) => {
  const folder = await temporaryFolder(t);
  const url = `file://${folder}`;
  assert.equal((await holdfast(['store', 'create', url])).code, 0);
  const before = await fs.readFile(`${folder}/holdfast.json`, 'utf8');
  const tested = (await holdfast(['store', 'test', url, '--json'])).json<StoreSelfTest>();
  assert.deepEqual(allowed(tested), { write: true, read: true, list: true, overwrite: true, delete: true });
  assert.deepEqual([tested.conditionalPuts, tested.leftBehind, tested.works], [false, null, true]);
  assert.equal(await fs.readFile(`${folder}/holdfast.json`, 'utf8'), before);
  const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true });
  assert.deepEqual(
    entries.filter((entry) => entry.isFile()).map(({ name }) => name),
    ['holdfast.json'],
  );
  const { code, stdout } = await holdfast(['store', 'test', url]);
  assert.equal(code, 0);
  assert.match(stdout, /✓ delete: allowed, \d+ ms[^]*a thief could:[^]*delete every backup/);
  assert.match(stdout, /an object of 4\.\d+ MB: written in \d+ ms \(.+\/s\), read in/);
  const absent = await holdfast(['store', 'test', `${url}/absent`, '--json']);
  assert.equal(absent.code, 8);
  const { works, error, steps } = absent.json<StoreSelfTest>();
  assert.deepEqual([works, error?.code, steps], [false, 'STORE_UNREACHABLE', []]);
});

function refusing(...refused: (keyof Objects)[]): Objects {
  const objects = memoryObjects();
  const no = (): never => {
    throw new HoldfastError('STORE_DENIED', 'no');
  };
  return { ...objects, ...Object.fromEntries(refused.map((name) => [name, no])) };
}

test('what is refused is told apart from what could not be tried, and what stays behind is named', async () => {
  const reading = await selfTest(refusing('put'));
  assert.deepEqual(allowed(reading), { write: false, read: null, list: true, overwrite: null, delete: null });
  assert.deepEqual(
    [reading.conditionalPuts, reading.works, reading.error?.code],
    [null, false, 'STORE_DENIED'],
  );
  const adding = await selfTest(refusing('delete', 'get'));
  assert.deepEqual(allowed(adding), { write: true, read: false, list: true, overwrite: true, delete: false });
  assert.match(adding.leftBehind!, /^selftest\//);
  assert.equal(adding.works, false);
  // What may not be deleted is no reason why backups could not be kept there; but nothing more is left behind.
  const keeping = await selfTest(refusing('delete'));
  assert.deepEqual([keeping.works, keeping.speed], [true, null]);
});

test('a place that loses what was written, or fails, ends the test with an error and leaves nothing', async () => {
  const objects = memoryObjects();
  const losing: Objects = { ...objects, get: async () => undefined };
  await assert.rejects(selfTest(losing), { code: 'STORE_FAILED' });
  for await (const { name } of objects.list('')) assert.fail(name);
});

test("what a test that was killed has left, a later one deletes; what is another thing's stays", async (t) => {
  const folder = await temporaryFolder(t);
  await fs.mkdir(`${folder}/selftest`);
  const put = async (name: string, hours: number): Promise<void> => {
    await fs.writeFile(`${folder}/${name}`, name);
    const at = new Date(Date.now() - hours * 3_600_000);
    await fs.utimes(`${folder}/${name}`, at, at);
  };
  await put('selftest/left', 25);
  await put('selftest/under-way', 1);
  await put('other', 25);
  assert.equal((await holdfast(['store', 'test', `file://${folder}`])).code, 0);
  assert.deepEqual((await fs.readdir(folder)).toSorted(), ['other', 'selftest']);
  assert.deepEqual(await fs.readdir(`${folder}/selftest`), ['under-way']);
});
