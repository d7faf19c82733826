/** examples/frameworks.md, the examples that it is made of, and their own pages. What they do is in test/examples/. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';

const root = path.resolve(import.meta.dirname, '../..');
const examples = path.join(root, 'examples');
const guide = await fs.readFile(path.join(examples, 'frameworks.md'), 'utf8');
const names = (await fs.readdir(examples, { withFileTypes: true }))
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

test('every framework has its section, and every section its folder', () => {
  assert.equal(names.length, 9);
  const linked = [...guide.matchAll(/^## .*\n\n\[examples\/([\w-]+)\]\(\1\/README\.md\)/gm)].map(
    ([, name = '']) => name,
  );
  assert.deepEqual(linked.toSorted(), names.toSorted());
});

test('the lines of the guide are those of the examples', async () => {
  let compared = 0;
  for (const section of guide.split(/^(?=## )/m)) {
    const name = /\]\(([\w-]+)\/README\.md\)/.exec(section)?.[1];
    if (name === undefined) continue;
    for (const [, block = ''] of section.matchAll(/```ts\n([^]*?)```/g)) {
      const [, file = '', lines = ''] = /^\/\/ (\S+)\n([^]*)$/.exec(block) ?? [];
      const example = await fs.readFile(path.join(examples, name, file), 'utf8');
      assert.ok(lines.length > 40 && example.includes(lines), `${name}/${file} differs from frameworks.md`);
      compared += 1;
    }
  }
  assert.ok(compared >= 14, `${compared} blocks`);
});

test('every example starts the system that it makes, and ends it', async () => {
  for (const name of names) {
    const files = await fs.readdir(path.join(examples, name), { recursive: true, withFileTypes: true });
    const sources = files.filter((entry) => entry.isFile() && entry.name.endsWith('.ts'));
    const texts = sources.map((entry) => fs.readFile(path.join(entry.parentPath, entry.name), 'utf8'));
    const text = (await Promise.all(texts)).join('\n');
    assert.match(text, /backups(?:\(\))?\s*\.start\(\)\s*\.catch\(/, name);
    assert.match(text, /backups(?:\(\))?\.stop\(\)/, name);
  }
});

test('every example has exact versions, those of the package and of its neighbours', async () => {
  const { version } = await described(root);
  const seen = new Map<string, string>();
  for (const name of names) {
    const { dependencies, devDependencies } = await described(path.join(examples, name));
    assert.equal(dependencies?.['holdfast'], `file:../../holdfast-${version}.tgz`, name);
    for (const [dependency, wanted] of Object.entries({ ...dependencies, ...devDependencies })) {
      if (dependency === 'holdfast') continue;
      assert.match(wanted, /^\d+\.\d+\.\d+$/, `${name}: ${dependency}`);
      // Express is there twice on purpose, and a compiler is what its framework works with.
      if (/express|typescript/.test(dependency)) continue;
      assert.equal(seen.get(dependency) ?? wanted, wanted, `${name}: ${dependency}`);
      seen.set(dependency, wanted);
    }
  }
});

interface Described {
  version: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

async function described(folder: string): Promise<Described> {
  return JSON.parse(await fs.readFile(path.join(folder, 'package.json'), 'utf8')) as Described;
}
