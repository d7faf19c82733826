import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { test } from 'node:test';
import { HoldfastError } from '../../src/base/errors.ts';
import { selfTest, type StoreSelfTest } from '../../src/engine/stores/self-test.ts';
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
  assert.deepEqual([tested.conditionalPuts, tested.leftBehind], [false, null]);
  assert.equal(await fs.readFile(`${folder}/holdfast.json`, 'utf8'), before);
  const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true });
  assert.deepEqual(
    entries.filter((entry) => entry.isFile()).map(({ name }) => name),
    ['holdfast.json'],
  );
  const { code, stdout } = await holdfast(['store', 'test', url]);
  assert.equal(code, 0);
  assert.match(stdout, /✓ delete: allowed, \d+ ms[^]*a thief could:[^]*delete every backup/);
  assert.equal((await holdfast(['store', 'test', `${url}/absent`])).code, 8);
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
  assert.equal(reading.conditionalPuts, null);
  const adding = await selfTest(refusing('delete', 'get'));
  assert.deepEqual(allowed(adding), { write: true, read: false, list: true, overwrite: true, delete: false });
  assert.match(adding.leftBehind!, /^selftest\//);
});

test('a place that loses what was written, or fails, ends the test with an error and leaves nothing', async () => {
  const objects = memoryObjects();
  const losing: Objects = { ...objects, get: async () => undefined };
  await assert.rejects(selfTest(losing), { code: 'STORE_FAILED' });
  for await (const { name } of objects.list('')) assert.fail(name);
});
