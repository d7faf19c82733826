import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import * as fs from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { HoldfastError } from '../../src/base/errors.ts';
import { copyBackup, type Copied, type CopyRequest } from '../../src/engine/copy/copy.ts';
import type { Progress } from '../../src/contract/progress.ts';
import { exportSql } from '../../src/engine/read/download.ts';
import { proveInventory } from '../../src/engine/read/inventory.ts';
import { openHeader, readManifest } from '../../src/engine/read/manifest.ts';
import { verifyBackup } from '../../src/engine/read/verify.ts';
import { rangeChunks, type Manifest } from '../../src/format/manifest.ts';
import { plainKeys, type StoreKeys } from '../../src/format/sealing/keys.ts';
import { newSigningKey } from '../../src/format/sealing/signatures.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { storeKeys } from '../format/sealing/keys.ts';
import { testDatabase } from '../support/database.ts';
import { takeBackup } from './runs.ts';

type MemoryStore = ReturnType<typeof memoryStore>;

const control = { signal: new AbortController().signal, report: () => {} };

function sealedKeys(): StoreKeys {
  const signing = newSigningKey();
  return { ...storeKeys(), sealed: true, sign: signing, verify: [signing.publicKey] };
}
const [one, other] = [sealedKeys(), sealedKeys()];

function copy(
  from: Store,
  to: Store,
  uuid: string,
  request: Partial<CopyRequest> = {},
  signal = control.signal,
): Promise<Copied> {
  return copyBackup(from, to, { uuid, compressionLevel: 1, ...request }, { ...control, signal });
}

async function source(t: TestContext, keys: StoreKeys): Promise<{ from: MemoryStore; manifest: Manifest }> {
  const db = await testDatabase(t);
  await db.client.query(`
    create table wide as select i, repeat(md5(i::text), 4) as words from generate_series(1, 40000) i;
    create table narrow (n int, word text); insert into narrow values (1, 'one'), (2, null);
    select lo_from_bytea(0, convert_to(repeat('a large object ', 1000), 'UTF8'))`);
  const from = memoryStore(keys);
  return { from, manifest: await takeBackup(db.target, from) };
}

async function script(store: Store, manifest: Manifest): Promise<string> {
  const chunks = await Readable.fromWeb(exportSql(store, manifest, 'sql') as never).toArray();
  return Buffer.concat(chunks as Buffer[])
    .toString()
    .replaceAll(/restrict [0-9a-f]{64}/g, 'restrict');
}

/** Proves that `to` has the backup whole: every chunk and row, and all that a sweep must know. */
async function assertWhole(to: Store, manifest: Manifest): Promise<Manifest> {
  const document = await to.getManifest(manifest.uuid);
  const copied = await readManifest(to, document, manifest.uuid);
  const report = await verifyBackup(to, copied, control);
  assert.equal(report.rows, 40_002 + manifest.largeObjects.rows);
  await proveInventory(to, document, copied);
  return copied;
}

/** The same, and that it holds what it should. */
async function assertCopied(from: Store, manifest: Manifest, to: Store): Promise<Manifest> {
  const copied = await assertWhole(to, manifest);
  assert.equal(await script(to, copied), await script(from, manifest));
  assert.equal(copied.totals.rows, manifest.totals.rows);
  const data = [...copied.tables.flatMap(({ ranges }) => rangeChunks(ranges)), ...copied.largeObjects.chunks];
  const distinct = new Map(data.map((chunk) => [chunk.id, chunk.storedBytes]));
  assert.equal(copied.totals.chunks, distinct.size);
  assert.equal(
    copied.totals.storedBytes,
    [...distinct.values()].reduce((sum, bytes) => sum + bytes, 0),
  );
  return copied;
}

const ways: { what: string; keys: [StoreKeys, StoreKeys]; asStored: boolean }[] = [
  { what: 'plain to plain', keys: [plainKeys, plainKeys], asStored: true },
  { what: 'plain to sealed', keys: [plainKeys, one], asStored: false },
  { what: 'sealed to plain', keys: [one, plainKeys], asStored: false },
  { what: 'sealed to sealed with the same key', keys: [one, one], asStored: true },
  { what: 'sealed to sealed with another key', keys: [one, other], asStored: false },
];

/** A store whose nth call fails, or aborts something. */
function disturbed(store: Store, atCall: number, disturb: () => void, after: boolean) {
  let calls = 0;
  const methods = new Set([
    'useChunks',
    'putChunks',
    'compareChunks',
    'getChunks',
    'putManifest',
    'getManifest',
    'lackingChunks',
  ]);
  const proxy = new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function' || !methods.has(String(name))) return value;
      return async (...args: unknown[]) => {
        const hit = ++calls === atCall;
        if (hit && !after) disturb();
        const result: unknown = await (value as (...args: unknown[]) => unknown).apply(target, args);
        if (hit && after) disturb();
        return result;
      };
    },
  });
  return { store: proxy, calls: () => calls };
}

for (const { what, keys, asStored } of ways) {
  test(`a copy from ${what} is whole, and whole again after it was interrupted at any call`, async (t) => {
    const [ofSource, ofTarget] = keys;
    const { from, manifest } = await source(t, ofSource);
    const { uuid } = manifest;
    const to = memoryStore(ofTarget);
    let done = 0;
    const size = { storedBytes: manifest.totals.storedBytes, rawBytes: manifest.totals.rawBytes };
    const report = ({ rawBytes }: Progress): void => void (done = rawBytes);
    const first = await copyBackup(from, to, { uuid, compressionLevel: 1, size }, { ...control, report });
    // Of what is translated each byte of the rows counts once; parts of the manifest are copied as they are stored.
    if (!asStored) assert.equal(done, size.rawBytes);
    else
      assert.ok(done >= size.storedBytes && done < size.storedBytes * 1.1, `${done} of ${size.storedBytes}`);
    assert.deepEqual(
      { ...first, newBytes: first.newBytes > 0 },
      { asStored, wasThere: false, newBytes: true },
    );
    const copied = await assertCopied(from, manifest, to);
    if (asStored) assert.deepEqual(copied, manifest);
    assert.equal((await takenIds(from)).join() === (await takenIds(to)).join(), asStored);

    // Again: nothing is put, and it keeps its place.
    const before = JSON.stringify(await to.getManifest(uuid));
    const again = await copy(from, to, uuid);
    assert.deepEqual(again, { asStored, wasThere: true, newBytes: 0 });
    assert.equal(JSON.stringify(await to.getManifest(uuid)), before);

    const counted = [
      disturbed(from, 0, () => {}, false),
      disturbed(memoryStore(ofTarget), 0, () => {}, false),
    ];
    await copy(counted[0]!.store, counted[1]!.store, uuid);
    const failure = new HoldfastError('STORE_UNREACHABLE', 'A test lets this call fail.');
    for (const [side, { calls }] of counted.entries()) {
      assert.ok(calls() >= 3, `${calls()} calls`);
      for (let call = 1; call <= calls(); call++) {
        for (const kind of ['error', 'error-after', 'cancel'] as const) {
          const target = memoryStore(ofTarget);
          const cancelling = new AbortController();
          const disturb = (): void => {
            if (kind === 'cancel') cancelling.abort();
            else throw failure;
          };
          const sides = [from, target].map((store, i) =>
            i === side ? disturbed(store, call, disturb, kind !== 'error').store : store,
          );
          const where = `${kind} at call ${call} of ${side === 0 ? 'the source' : 'the target'}`;
          const outcome = await copy(sides[0]!, sides[1]!, uuid, {}, cancelling.signal).then(
            () => 'copied',
            (error: HoldfastError) => error.code,
          );
          const there = await target.getManifest(uuid);
          if (outcome === 'copied') {
            // Cancelled as its document was written: too late.
            assert.ok(kind === 'cancel' && there !== undefined, where);
          } else {
            assert.equal(outcome, kind === 'cancel' ? 'CANCELLED' : 'STORE_UNREACHABLE', where);
            if (kind === 'error') assert.equal(there, undefined, where);
          }
          if (there !== undefined) await readManifest(target, there, uuid);
          assert.equal(await from.isDamaged(), false, where);
          await copy(from, target, uuid);
          await assertWhole(target, manifest);
        }
      }
    }
  });

  test(`a copy from ${what} puts what the target lost, and what has rotted there`, async (t) => {
    const { from, manifest } = await source(t, keys[0]);
    const to = memoryStore(keys[1]);
    await copy(from, to, manifest.uuid);
    const copied = await readManifest(to, await to.getManifest(manifest.uuid), manifest.uuid);
    const ids = rangeChunks(copied.tables.find(({ name }) => name === 'wide')!.ranges).map(({ id }) => id);
    assert.ok(ids.length >= 2);
    to.chunks.delete(ids[0]!);
    to.chunks.get(ids[1]!)!.frame[40]! ^= 1;
    const { newBytes } = await copy(from, to, manifest.uuid);
    assert.ok(newBytes > 0);
    await assertCopied(from, manifest, to);
    assert.equal(await to.isDamaged(), false);
  });

  test(`a copy from ${what} of what is missing or damaged names chunk and table, and harms nothing`, async (t) => {
    const { from, manifest } = await source(t, keys[0]);
    const wide = manifest.tables.find(({ name }) => name === 'wide')!;
    const { id } = rangeChunks(wide.ranges)[0]!;
    const kept = from.chunks.get(id)!;
    const frame = kept.frame.slice();
    const to = memoryStore(keys[1]);
    for (const code of ['CHUNK_CORRUPT', 'CHUNK_MISSING']) {
      if (code === 'CHUNK_MISSING') from.chunks.delete(id);
      else kept.frame[50]! ^= 1;
      await assert.rejects(copy(from, to, manifest.uuid), (error: HoldfastError) => {
        assert.equal(error.code, code);
        assert.match(error.message, new RegExp(`${id}.*public\\.wide`));
        assert.deepEqual([error.details?.['chunk'], error.details?.['table']], [id, 'public.wide']);
        return true;
      });
      assert.equal(await to.getManifest(manifest.uuid), undefined);
      for (const [name, chunk] of to.chunks)
        assert.ok(name !== id || Buffer.compare(chunk.frame, frame) === 0);
    }
    assert.equal(await to.isDamaged(), false);
    from.chunks.set(id, { ...kept, frame, damaged: false });
    await copy(from, to, manifest.uuid);
    await assertCopied(from, manifest, to);
  });
}

async function takenIds(store: MemoryStore): Promise<string[]> {
  return [...store.chunks.keys()].toSorted();
}

test('with the writer key alone a sealed backup is copied to a store of the same key, and to no other', async (t) => {
  const { from, manifest } = await source(t, one);
  const { open: _, ...writer } = one;
  const locked: Store = { ...from, keys: writer };
  const to = memoryStore(one);
  await copy(locked, { ...to, keys: writer }, manifest.uuid);
  await assertCopied(from, manifest, to);
  for (const keys of [plainKeys, other]) {
    const target = memoryStore(keys);
    await assert.rejects(copy(locked, target, manifest.uuid), { code: 'KEY_REQUIRED', hint: /recovery key/ });
    assert.equal(target.chunks.size, 0);
  }
  // Without it nothing can be written, and nothing is tried.
  const readOnly = memoryStore({ ...other, seal: undefined } as StoreKeys);
  await assert.rejects(copy(from, readOnly, manifest.uuid), { code: 'KEY_REQUIRED', hint: /writer key/ });
  assert.equal(readOnly.chunks.size, 0);
});

test('a copy has its own place in its store, and a forged document there is replaced', async (t) => {
  const { from, manifest } = await source(t, one);
  const { uuid } = manifest;
  const to = memoryStore({ ...one, id: 'the other store' });
  const place = { store: 'the other store', counter: 7, previous: 'a'.repeat(64) };
  const inPlace: CopyRequest['inPlace'] = (at) => at(place).put();
  await copy(from, to, uuid, { inPlace });
  const { header } = openHeader(to, await to.getManifest(uuid), uuid);
  assert.deepEqual({ store: header.store, counter: header.counter, previous: header.previous }, place);
  // The names as in the source, from which an attacker who can write would take them.
  await to.putManifest(
    uuid,
    { ...((await to.getManifest(uuid)) as object), root: 'bm90aGluZw==' },
    new Uint8Array(),
  );
  assert.equal((await copy(from, to, uuid, { inPlace })).wasThere, false);
  await assertCopied(from, manifest, to);
  // What is not signed by the writer of the source is not copied.
  await from.putManifest(
    uuid,
    { ...((await from.getManifest(uuid)) as object), signature: undefined },
    new Uint8Array(),
  );
  await assert.rejects(copy(from, memoryStore(one), uuid), { code: 'SIGNATURE_INVALID' });
});

test('a backup of format 1 is copied as one of format 2', async () => {
  const folder = path.join(import.meta.dirname, '../format/golden/v1');
  const document = JSON.parse(fs.readFileSync(path.join(folder, 'manifest.json'), 'utf8')) as {
    uuid: string;
  };
  const from = memoryStore();
  for (const name of fs.readdirSync(folder, { recursive: true }) as string[]) {
    const id = /[0-9a-f]{64}/.exec(name)?.[0];
    if (!id) continue;
    const frame = fs.readFileSync(path.join(folder, name));
    await from.putChunks([{ id, frame, rawBytes: 1, rows: 0 }]);
  }
  await from.putManifest(document.uuid, document, new Uint8Array());
  for (const keys of [plainKeys, one]) {
    const to = memoryStore(keys);
    assert.equal((await copy(from, to, document.uuid)).asStored, false);
    const old = await readManifest(from, document);
    const copied = await readManifest(to, await to.getManifest(document.uuid), document.uuid);
    assert.equal(copied.format, 'holdfast/2');
    assert.equal(await script(to, copied), await script(from, old));
    await verifyBackup(to, copied, control);
  }
});

test('a backup whose root nobody could read is not copied as it is stored', async (t) => {
  const { from, manifest } = await source(t, plainKeys);
  const root = '{}';
  const document = (await from.getManifest(manifest.uuid)) as { header: string };
  const header = { ...(JSON.parse(document.header) as object), rootHash: hash('sha256', root) };
  await from.putManifest(
    manifest.uuid,
    { ...document, header: JSON.stringify(header), root },
    new Uint8Array(),
  );
  const to = memoryStore();
  await assert.rejects(copy(from, to, manifest.uuid), { code: 'MANIFEST_INVALID' });
  assert.equal(to.chunks.size, 0);
});

test('a backup that is not there is not copied', async () => {
  const uuid = '00000000-0000-4000-8000-000000000000';
  await assert.rejects(copy(memoryStore(), memoryStore(), uuid), { code: 'BACKUP_NOT_FOUND' });
});
