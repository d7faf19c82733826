import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { settingsFile, withSettings } from '../../scripts/settings-doc.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { credentialsFromEnvironment, optionsFromEnvironment } from '../../src/environment.ts';
import { fileVariable, otherSecretVariables } from '../../src/secret-files.ts';
import { settings } from '../../src/settings.ts';

const database = 'postgres://app@db.test/shop';

test('the settings in docs/OPERATIONS.md are those of src/settings.ts', async () => {
  const found = await fs.readFile(settingsFile, 'utf8');
  assert.equal(found, withSettings(found), 'write them with: node scripts/settings-doc.ts');
});

test('every variable in the table sets its option, and no other variable is read', async () => {
  const read = new Set<string>();
  const watched = new Proxy<Record<string, string>>(
    {},
    {
      get(_, name) {
        read.add(String(name));
        return name === 'PGHOST' ? 'db.test' : undefined;
      },
    },
  );
  optionsFromEnvironment(watched);
  // Those of places outside the database are not options; docs/STORES.md names them.
  const stores = await fs.readFile(path.join(import.meta.dirname, '../../docs/STORES.md'), 'utf8');
  const ofStores = new Set<string>();
  credentialsFromEnvironment(
    new Proxy<Record<string, string>>({}, { get: (_, name) => void ofStores.add(String(name)) }),
  );
  for (const name of ofStores) {
    // That a secret may be in a file is said of all of them.
    const said = otherSecretVariables.find((secret) => fileVariable(secret) === name) ?? name;
    assert.ok(stores.includes(said), name);
    read.delete(name);
  }
  const named = settings.flatMap(({ variable, secret, meaning }) => [
    ...(variable === undefined ? [] : [variable]),
    ...(variable !== undefined && secret ? [fileVariable(variable)] : []),
    ...(meaning.match(/(?<=`)PG[A-Z]+(?=`)/g) ?? []),
  ]);
  // Said of all secrets, above the table.
  assert.deepEqual([...read].toSorted(), [...named, 'PGPASSWORD_FILE'].toSorted());

  const samples = { number: '7', text: 'x', list: 'a,b', switch: 'off' };
  const values = { number: 7, text: 'x', list: ['a', 'b'], switch: false };
  const bare = optionsFromEnvironment({ DATABASE_URL: database });
  for (const { path: place, variable, as } of settings) {
    if (variable === undefined || as === undefined) continue;
    const options = optionsFromEnvironment({ DATABASE_URL: database, [variable]: samples[as] });
    assert.deepEqual(at(options, place), values[as], variable);
    assert.equal(at(bare, place), undefined, `${variable} is not set`);
  }
});

function at(options: object, place: readonly string[]): unknown {
  return place.reduce<unknown>(
    (group, name) => (group as Record<string, unknown> | undefined)?.[name],
    options,
  );
}

test('every flag in the table is an option of the command line that says which variable it replaces', () => {
  const program = buildProgram();
  const options = [program, ...program.commands].flatMap((command) => command.options);
  for (const { flag, variable } of settings) {
    if (flag === undefined) continue;
    const known = options.filter(({ long }) => long === flag);
    assert.ok(known.length > 0, flag);
    // With the same name, some commands read a store alone.
    const replacing = known.filter(({ description }) => description.includes(variable!));
    assert.ok(replacing.length > 0, `${flag}: ${known.map(({ description }) => description).join('; ')}`);
  }
  const others = options.filter(
    ({ long, description }) =>
      /HOLDFAST_[A-Z]+|DATABASE_URL/.test(description) &&
      // Where the options are, and none of them.
      long !== '--config' &&
      !settings.some(({ flag }) => flag === long),
  );
  assert.deepEqual(
    others.map(({ long }) => long),
    [],
  );
});

test('what the type says of an option has the default of the schema', async () => {
  const files = [
    'options.ts',
    'option-groups.ts',
    'contract/drill-settings.ts',
    'contract/oidc-settings.ts',
  ].map((file) => fs.readFile(path.join(import.meta.dirname, '../../src', file), 'utf8'));
  const source = (await Promise.all(files)).join('\n');
  let compared = 0;
  for (const { path: place, schema } of settings) {
    const name = place.at(-1)!;
    const [, comment] = new RegExp(`/\\*\\*((?:(?!\\*/)[^])*)\\*/\\s+${name}\\??:`).exec(source) ?? [];
    if (name !== 'schema') assert.ok(comment !== undefined, `${name} has no description`);
    const value: unknown = schema.safeParse(undefined).data;
    if (typeof value !== 'number' && typeof value !== 'boolean') continue;
    const said = /Default ([\d ]+MiB|[\d ]*\d|true|false)/.exec(comment ?? '')?.[1]?.replaceAll(' ', '');
    const meant = said?.endsWith('MiB') ? String(Number.parseInt(said, 10) * 1_048_576) : said;
    assert.equal(meant, String(value), name);
    compared++;
  }
  assert.ok(compared >= 10);
});
