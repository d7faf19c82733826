import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { endpoints } from '../../src/api/operations.ts';
import { buildProgram } from '../../src/cli/program.ts';

const root = path.resolve(import.meta.dirname, '../..');
const readme = await fs.readFile(path.join(root, 'README.md'), 'utf8');

test('every command and option in the README exists', () => {
  const program = buildProgram();
  const globals = program.options.map((option) => option.long);
  const calls = [...readme.matchAll(/(?<![\w/-])(?:npm run -s holdfast --|holdfast) ([a-z]+)([^\n|`]*)/g)];
  const commands = new Map(program.commands.map((command) => [command.name(), command]));
  const seen = new Set<string>();
  for (const [line, name = '', rest = ''] of calls) {
    const command = commands.get(name);
    if (!command && !rest.includes('--') && !/npm run/.test(line)) continue; // a sentence that begins with the name
    assert.ok(command, `no such command: ${line}`);
    seen.add(name);
    const options = [command, ...command.commands].flatMap((each) => each.options);
    const known = new Set([...globals, ...options.map((option) => option.long)]);
    for (const [option] of rest.matchAll(/--[a-z][a-z-]+/g))
      assert.ok(known.has(option), `${option} in: ${line}`);
  }
  assert.deepEqual(
    [...commands.keys()].filter((name) => !seen.has(name)),
    [],
    'not in the README',
  );
  for (const [, option] of readme.matchAll(/`(--(?:json|quiet|help|[a-z]+-url|schema))`/g)) {
    assert.ok(option === '--help' || globals.includes(option), option);
  }
});

test('every address in the README is one of the API', () => {
  const paths = new Set(endpoints.map(({ route }) => `${route.method} ${route.path}`));
  const calls = [...readme.matchAll(/curl (.*?)"\$API(\/[a-z0-9/-]+)/g)];
  assert.ok(calls.length >= 10);
  for (const [line, options = '', address = ''] of calls) {
    const method = /-X (\w+)/.exec(options)?.[1] ?? 'GET';
    assert.ok(paths.has(`${method} ${address.replace(/\/\d+/, '/{id}')}`), line);
  }
});

test('every npm script in the README exists', async () => {
  const { scripts } = JSON.parse(await fs.readFile(path.join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  for (const [, script = ''] of readme.matchAll(/npm run (?:-s )?([a-z]+)/g))
    assert.ok(scripts[script], script);
  for (const script of ['start', 'test']) assert.ok(scripts[script]);
});

test('what the README mounts is the example', async () => {
  const example = await fs.readFile(path.join(root, 'examples/node-http/server.ts'), 'utf8');
  const block = /```ts\n([^]*?)```/.exec(readme)?.[1] ?? '';
  assert.ok(block.length > 100);
  assert.ok(example.startsWith(block), 'README.md and examples/node-http/server.ts differ');
});

test('every relative link in the documents leads somewhere', async () => {
  const examples = (await fs.readdir(path.join(root, 'examples'), { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `examples/${name}`);
  const folders = ['', 'docs', 'docs/decisions', 'examples', ...examples];
  const broken: string[] = [];
  for (const folder of folders) {
    const names = await fs.readdir(path.join(root, folder));
    for (const name of names.filter((each) => each.endsWith('.md'))) {
      const text = await fs.readFile(path.join(root, folder, name), 'utf8');
      for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        const [file = '', anchor] = decodeURIComponent(target).split('#');
        const full = file === '' ? path.join(root, folder, name) : path.join(root, folder, file);
        const linked = await fs
          .readFile(full, 'utf8')
          .catch(async () => ((await fs.stat(full).catch(() => null)) ? '' : null));
        if (linked === null || (anchor && !anchors(linked).has(anchor)))
          broken.push(`${path.join(folder, name)}: ${target}`);
      }
    }
  }
  assert.deepEqual(broken, []);
});

function anchors(markdown: string): Set<string> {
  return new Set(
    [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}_ -]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}
