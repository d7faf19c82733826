import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { HoldfastError } from '../../src/base/errors.ts';
import { maxObjectBytes, type ListedObject, type Objects } from '../../src/store/objects/objects.ts';

export interface ObjectsUnderTest {
  objects: Objects;
  /** Another process's view of the same place: nothing is shared with `objects` but the place. */
  another: () => Promise<Objects>;
  /** The same kind of place, where no bucket or folder is; undefined for memory. */
  nowhere?: Objects;
}

export interface Conformance {
  /** Whether `expected` is decided in one step, so that of many competing puts exactly one wins. */
  conditional: 'in one step' | 'creation in one step';
  skip?: string | false;
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

async function names(objects: Objects, prefix: string, after?: string): Promise<string[]> {
  return (await collect(objects.list(prefix, { after }))).map(({ name }: ListedObject) => name);
}

async function contentOf(objects: Objects, name: string): Promise<string | undefined> {
  const found = await objects.get(name);
  return found && Buffer.from(found.content).toString('latin1');
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** Fails as `code`, with a message that is a sentence. */
export async function failsWith(work: Promise<unknown>, code: string): Promise<HoldfastError> {
  const error = await work.then(
    () => assert.fail(`no ${code}`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof HoldfastError, String((error as Error)?.stack));
  assert.equal(error.code, code, error.message);
  assert.match(error.message, /^[A-Z"/a-z].*[.…]$/s);
  assert.ok(error.hint.length > 10);
  return error;
}

/** Every promise of the Objects interface, tried on one place. */
export function objectsConformance(
  place: string,
  open: (t: TestContext) => Promise<ObjectsUnderTest>,
  { conditional, skip = false }: Conformance,
): void {
  const promise = (what: string, run: (under: ObjectsUnderTest, t: TestContext) => Promise<void>): void => {
    test(`${place}: ${what}`, { skip }, async (t) => run(await open(t), t));
  };

  promise('gives back what was put, to every process', async ({ objects, another }) => {
    const everyByte = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const contents = [
      Buffer.alloc(0),
      everyByte,
      randomBytes(1),
      randomBytes(70_003),
      randomBytes(3_000_000),
    ];
    for (const [i, content] of contents.entries()) assert.ok(await objects.put(`chunks/a${i}/x`, content));
    const other = await another();
    for (const [i, content] of contents.entries()) {
      const found = await other.get(`chunks/a${i}/x`);
      assert.ok(found && Buffer.from(found.content).equals(content), `${i}`);
      const facts = await other.head(`chunks/a${i}/x`);
      assert.equal(facts?.bytes, content.length);
      assert.ok(facts.modifiedAt instanceof Date && facts.modifiedAt.getTime() > Date.UTC(2020));
    }
  });

  promise('takes the largest object', async ({ objects }) => {
    const content = randomBytes(maxObjectBytes);
    const sum = digest(content);
    await objects.put('large', content);
    content.fill(0);
    assert.equal(digest((await objects.get('large'))!.content), sum);
    assert.equal((await objects.getRange('large', { offset: -5, bytes: 5 }))?.length, 5);
    await failsWith(objects.put('too/large', Buffer.alloc(maxObjectBytes + 1)), 'INTERNAL');
    await objects.delete('large');
  });

  promise(
    'the bytes belong to the caller again after a put, and a get gives bytes of its own',
    async ({ objects }) => {
      const content = Buffer.from('first');
      await objects.put('a', content);
      content.fill('x');
      const found = await objects.get('a');
      found!.content.fill(0);
      assert.equal(await contentOf(objects, 'a'), 'first');
    },
  );

  promise('what is not there is undefined, and deleting it a success', async ({ objects }) => {
    assert.equal(await objects.get('none'), undefined);
    assert.equal(await objects.get('no/such/folder'), undefined);
    assert.equal(await objects.getRange('no/ne', { offset: 0, bytes: 1 }), undefined);
    assert.equal(await objects.getRange('no/ne', { offset: -1, bytes: 1 }), undefined);
    assert.equal(await objects.head('none'), undefined);
    assert.equal(await objects.head('no/such/folder'), undefined);
    await objects.delete('none');
    await objects.delete('no/such/folder');
    assert.deepEqual(await names(objects, ''), []);
    assert.deepEqual(await names(objects, 'no/such/'), []);
    await objects.put('a/b', bytesOf('x'));
    assert.equal(await objects.get('a'), undefined, 'a folder is no object');
    assert.equal(await objects.head('a'), undefined);
    await objects.delete('a/b');
    await objects.delete('a/b');
    assert.equal(await objects.get('a/b'), undefined);
    assert.deepEqual(await names(objects, ''), []);
  });

  promise('gives the bytes of a range', async ({ objects }) => {
    const text = 'abcdefghijklmnopqrstuvwxyz';
    await objects.put('packs/a', bytesOf(text));
    await objects.put('packs/empty', bytesOf(''));
    const range = async (offset: number, bytes: number, name = 'packs/a'): Promise<string> =>
      Buffer.from((await objects.getRange(name, { offset, bytes }))!).toString('latin1');
    assert.equal(await range(0, 3), 'abc');
    assert.equal(await range(5, 1), 'f');
    assert.equal(await range(20, 100), 'uvwxyz');
    assert.equal(await range(26, 1), '');
    assert.equal(await range(1_000, 5), '');
    assert.equal(await range(-4, 4), 'wxyz');
    assert.equal(await range(-4, 2), 'wx');
    assert.equal(await range(-100, 200), text);
    assert.equal(await range(-100, 2), 'ab');
    assert.equal(await range(0, 9, 'packs/empty'), '');
    assert.equal(await range(-9, 9, 'packs/empty'), '');
    await failsWith(objects.getRange('packs/a', { offset: 0, bytes: 0 }), 'INTERNAL');
    await failsWith(objects.getRange('packs/a', { offset: 0.5, bytes: 1 }), 'INTERNAL');
  });

  promise('a put replaces, and versions tell contents apart', async ({ objects, another }) => {
    const first = await objects.put('a', bytesOf('1'));
    const second = await objects.put('a', bytesOf('2'));
    assert.ok(first && second && first !== second);
    const found = await (await another()).get('a');
    assert.equal(found?.version, second);
    assert.equal(Buffer.from(found.content).toString(), '2');
  });

  promise('a put and a get without a version are the same otherwise', async ({ objects }) => {
    const content = Buffer.from('without');
    assert.notEqual(await objects.put('v/without', content, { unversioned: true }), undefined);
    const found = await objects.get('v/without', { unversioned: true });
    assert.deepEqual(Buffer.from(found!.content), content);
    const other = bytesOf('other');
    assert.equal(await objects.put('v/without', other, { expected: null, unversioned: true }), undefined);
  });

  promise('writes only where the expected version is', async ({ objects, another }) => {
    const first = await objects.put('writer.json', bytesOf('1'), { expected: null });
    assert.ok(first);
    assert.equal(await objects.put('writer.json', bytesOf('x'), { expected: null }), undefined);
    assert.equal(await contentOf(objects, 'writer.json'), '1');
    const other = await another();
    const second = await other.put('writer.json', bytesOf('2'), { expected: first });
    assert.ok(second && second !== first);
    assert.equal(await objects.put('writer.json', bytesOf('3'), { expected: first }), undefined);
    assert.equal(await contentOf(objects, 'writer.json'), '2');
    assert.ok(await objects.put('writer.json', bytesOf('3'), { expected: second }));
    assert.equal(await objects.put('none.json', bytesOf('x'), { expected: second }), undefined);
    assert.equal(await objects.get('none.json'), undefined);
    await objects.delete('writer.json');
    assert.ok(await objects.put('writer.json', bytesOf('again'), { expected: null }));
    assert.equal(objects.conditionalPuts, conditional === 'in one step');
  });

  promise('of puts that compete for one version, one wins', async ({ objects, another }) => {
    const places = [objects, await another(), await another()];
    const compete = async (expected: string | null, round: string): Promise<string> => {
      const outcomes = await Promise.all(
        Array.from({ length: 12 }, (_, i) =>
          places[i % 3]!.put('race', bytesOf(`${round} ${i}`), { expected }).catch((error: unknown) => {
            // A place may answer that it could not decide; it has not written then.
            assert.equal((error as HoldfastError).code, 'STORE_FAILED', String(error));
            return undefined;
          }),
        ),
      );
      const winners = outcomes.flatMap((version, i) => (version === undefined ? [] : [{ version, i }]));
      const [winner] = winners;
      assert.equal(winners.length, 1, `${winners.length} have won ${round}`);
      assert.equal(await contentOf(objects, 'race'), `${round} ${winner!.i}`);
      return winner!.version;
    };
    const created = await compete(null, 'creation');
    await compete(created, 'change');
  });

  promise('a reader finds the old content or the new one, never a part', async ({ objects, another }) => {
    const contents = [1, 2].map((each) => Buffer.alloc(400_000, each));
    await objects.put('a', contents[0]!);
    const other = await another();
    const state = { writing: true };
    const writer = (async () => {
      for (let i = 0; i < 12; i++) await objects.put('a', contents[i % 2]!);
      state.writing = false;
    })();
    let read = 0;
    while (state.writing) {
      const found = await other.get('a');
      assert.ok(
        contents.some((content) => content.equals(found!.content)),
        'neither one nor the other',
      );
      read++;
    }
    await writer;
    assert.ok(read > 0);
  });

  promise('lists names in ascending order of their bytes', async ({ objects, another }) => {
    const all = [
      'a-b',
      'a.b/c',
      'a/b',
      'a/b-c',
      'a/c/d',
      'aB',
      'A',
      'a0',
      'b/a',
      'b/aa/x',
      'b/b',
      'c',
      'chunks/ab/1',
      'chunks/ac/1',
      'Z/z',
      '_/_',
      '.x',
      '0',
    ];
    for (const name of all.toReversed()) await objects.put(name, bytesOf(name));
    const other = await another();
    const sorted = all.toSorted();
    assert.deepEqual(await names(other, ''), sorted);
    for (const prefix of [
      'a',
      'a/',
      'a/b',
      'b/a',
      'b/aa',
      'b/aa/',
      'c',
      'chunks/a',
      'chunks/',
      'Z',
      'none',
      'c/',
      'a/b/',
    ]) {
      assert.deepEqual(
        await names(other, prefix),
        sorted.filter((name) => name.startsWith(prefix)),
        prefix,
      );
    }
    for (const after of ['', '0', 'a-b', 'a/b', 'a/bb', 'b/aa', 'b/zz', 'zz']) {
      assert.deepEqual(
        await names(other, '', after),
        sorted.filter((name) => name > after),
        `after ${after}`,
      );
    }
    assert.deepEqual(await names(other, 'b/', 'b/aa/w'), ['b/aa/x', 'b/b']);
    for (const { name, bytes, modifiedAt } of await collect(other.list(''))) {
      assert.equal(bytes, name.length);
      assert.ok(modifiedAt instanceof Date && !Number.isNaN(modifiedAt.getTime()));
    }
  });

  promise('lists more names than there are in one page, while others are written', async ({ objects }) => {
    const all = Array.from({ length: 2_100 }, (_, i) => `n/${String(i % 7)}/${String(i).padStart(5, '0')}`);
    for (let i = 0; i < all.length; i += 50) {
      await Promise.all(all.slice(i, i + 50).map((name) => objects.put(name, bytesOf('x'))));
    }
    const found: string[] = [];
    for await (const { name } of objects.list('n/')) {
      if (found.length % 500 === 0) await objects.put(`m/${found.length}`, bytesOf('x'));
      found.push(name);
    }
    assert.deepEqual(found, all.toSorted());
    // A listing that is left early holds nothing open.
    for await (const { name } of objects.list('n/')) {
      assert.equal(name, found[0]);
      break;
    }
  });

  promise('methods run concurrently', async ({ objects }) => {
    const contents = Array.from({ length: 60 }, (_, i) => randomBytes(1_000 * i));
    await Promise.all(contents.map((content, i) => objects.put(`c/${i}`, content)));
    const found = await Promise.all(contents.map((_, i) => objects.get(`c/${i}`)));
    assert.ok(found.every((each, i) => contents[i]!.equals(each!.content)));
    await Promise.all(contents.map((_, i) => objects.delete(`c/${i}`)));
    assert.deepEqual(await names(objects, 'c/'), []);
  });

  promise('refuses names that are none', async ({ objects }) => {
    const wrong = [
      '',
      '/',
      '/a',
      'a/',
      'a//b',
      '.',
      '..',
      'a/../b',
      './a',
      'a/.',
      'ä',
      'a b',
      'a~',
      'a\\b',
      'a\0',
      'a\n',
      '%41',
      'a'.repeat(201),
    ];
    for (const name of wrong) {
      await failsWith(objects.put(name, bytesOf('x')), 'INTERNAL');
      await failsWith(objects.get(name), 'INTERNAL');
      await failsWith(objects.getRange(name, { offset: 0, bytes: 1 }), 'INTERNAL');
      await failsWith(objects.head(name), 'INTERNAL');
      await failsWith(objects.delete(name), 'INTERNAL');
    }
    for (const prefix of ['/', '../', 'a/../', 'a//', 'ä', '~']) {
      await failsWith(collect(objects.list(prefix)), 'INTERNAL');
    }
    const longest = `${'a'.repeat(99)}/${'b'.repeat(100)}`;
    assert.ok(await objects.put(longest, bytesOf('x')));
    assert.deepEqual(await names(objects, ''), [longest]);
  });

  promise('ends a call when its signal is aborted', async ({ objects }) => {
    await objects.put('a', bytesOf('x'));
    const signal = AbortSignal.abort();
    await failsWith(objects.get('a', { signal }), 'CANCELLED');
    await failsWith(objects.getRange('a', { offset: 0, bytes: 1 }, { signal }), 'CANCELLED');
    await failsWith(objects.head('a', { signal }), 'CANCELLED');
    await failsWith(objects.put('b', bytesOf('x'), { signal }), 'CANCELLED');
    await failsWith(objects.delete('a', { signal }), 'CANCELLED');
    await failsWith(collect(objects.list('', { signal })), 'CANCELLED');
    assert.deepEqual(await names(objects, ''), ['a']);
    const during = new AbortController();
    const put = objects.put('b', randomBytes(20_000_000), { signal: during.signal });
    setImmediate(() => during.abort());
    // It may have been faster.
    await put.catch((error: unknown) => assert.equal((error as HoldfastError).code, 'CANCELLED'));
    assert.equal(await contentOf(objects, 'a'), 'x');
  });

  promise('a place that does not exist is an error for every call', async ({ nowhere }) => {
    if (nowhere === undefined) return;
    await failsWith(nowhere.get('a'), 'STORE_UNREACHABLE');
    await failsWith(nowhere.getRange('a', { offset: -1, bytes: 1 }), 'STORE_UNREACHABLE');
    await failsWith(nowhere.getRange('a', { offset: 0, bytes: 1 }), 'STORE_UNREACHABLE');
    await failsWith(nowhere.head('a'), 'STORE_UNREACHABLE');
    await failsWith(nowhere.put('a', bytesOf('x')), 'STORE_UNREACHABLE');
    await failsWith(nowhere.put('a', bytesOf('x'), { expected: null }), 'STORE_UNREACHABLE');
    await failsWith(nowhere.put('a', bytesOf('x'), { expected: 'v' }), 'STORE_UNREACHABLE');
    await failsWith(nowhere.delete('a'), 'STORE_UNREACHABLE');
    const error = await failsWith(collect(nowhere.list('')), 'STORE_UNREACHABLE');
    assert.ok(error.message.includes(nowhere.address), error.message);
    await failsWith(collect(nowhere.list('a/b/')), 'STORE_UNREACHABLE');
  });

  promise('its address is a URL without a secret', async ({ objects }) => {
    assert.equal(URL.parse(objects.address)?.password, '');
  });
}
