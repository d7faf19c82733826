import { inTurn } from '../support/servers.ts';
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { HoldfastError } from '../../src/base/errors.ts';
import { copyBackup } from '../../src/engine/copy/copy.ts';
import { readManifest } from '../../src/engine/read/manifest.ts';
import { verifyBackup } from '../../src/engine/read/verify.ts';
import { sweepChunks } from '../../src/engine/sweep/sweep.ts';
import { plainKeys } from '../../src/format/sealing/keys.ts';
import { memoryIndex } from '../../src/store/object-store/memory-index.ts';
import { objectStore } from '../../src/store/object-store/object-store.ts';
import { memoryObjects } from '../../src/store/objects/memory.ts';
import type { Objects } from '../../src/store/objects/objects.ts';
import type { Store } from '../../src/store/store.ts';
import { faultyObjects, type ObjectsFault } from '../support/faulty-objects.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { takeBackup } from './runs.ts';

/*
 * Each operation that a run makes on a place is disturbed once, by each fault: the run completes and what it made verifies, or it
 * fails with an error of the catalogue; what was there before is whole; the next run, undisturbed, is whole.
 */

const faults: readonly ObjectsFault[] = ['error', 'error-after', 'hang', 'cut-write'];
const hangMs = 20;
const control = { signal: new AbortController().signal, report: () => {} };

interface Place {
  objects: Objects;
  /** The same through a fault; as another process would open it, by what lies there. */
  open(fault?: { fault: ObjectsFault; at: number }): Promise<{ store: Store; faults(): number }>;
}

function place(): Place {
  const objects = memoryObjects();
  return {
    objects,
    async open(disturbed) {
      const faulty = faultyObjects(objects, {
        fault: disturbed?.fault ?? 'error',
        at: () => false,
        hangMs,
      });
      const index = memoryIndex();
      // What lies there is known before anything is disturbed.
      await objectStore(objects, index, plainKeys).rebuildIndex?.();
      let calls = 0;
      const through = disturbed
        ? faultyObjects(objects, { fault: disturbed.fault, at: () => ++calls === disturbed.at, hangMs })
        : faulty;
      return { store: objectStore(through, index, plainKeys), faults: () => through.faults };
    },
  };
}

async function assertWhole(place: Place, uuid: string): Promise<void> {
  const { store } = await place.open();
  const manifest = await readManifest(store, await store.getManifest(uuid), uuid);
  assert.equal((await verifyBackup(store, manifest, control)).tables, 2);
}

async function backupsIn(place: Place): Promise<string[]> {
  const { store } = await place.open();
  const uuids: string[] = [];
  for await (const uuid of store.listManifests()) uuids.push(uuid);
  return uuids;
}

/** Of every backup that is there. Half a document, which no place may leave, is refused: it is no backup. */
async function assertAllWhole(place: Place, what: string): Promise<void> {
  for (const uuid of await backupsIn(place)) {
    await assertWhole(place, uuid).catch(async (error: unknown) => {
      const torn = error instanceof HoldfastError && error.code === 'MANIFEST_INVALID';
      if (!torn || !what.startsWith('cut-write')) throw error;
      await place.objects.delete(`backups/${uuid}`);
    });
  }
}

/** Runs `work` with a fault at its 1st, 2nd, … operation, until it has fewer. `after` is called each time. */
async function atEach(
  work: (fault: { fault: ObjectsFault; at: number }) => Promise<number>,
  after: (what: string, failure: unknown) => Promise<void>,
): Promise<number> {
  let runs = 0;
  for (const fault of faults) {
    for (let at = 1; ; at++) {
      let failure: unknown;
      let disturbed = 1;
      try {
        disturbed = await work({ fault, at });
      } catch (error) {
        failure = error;
      }
      const what = `${fault} at ${at}`;
      if (failure !== undefined) {
        assert.ok(failure instanceof HoldfastError, `${what}: ${String((failure as Error)?.stack)}`);
        assert.notEqual(failure.code, 'INTERNAL', `${what}: ${failure.message}`);
      }
      await after(what, failure).catch((error: unknown) => {
        throw new Error(
          `after ${what} (${failure instanceof HoldfastError ? failure.message : 'completed'})`,
          {
            cause: error,
          },
        );
      });
      if (disturbed === 0) break;
      assert.ok(at < 200, `${what}: no end`);
      runs++;
    }
  }
  return runs;
}

async function shop(t: TestContext): Promise<TestDatabase> {
  const db = await testDatabase(t);
  await db.client.query(`
    create table words as select i, md5(i::text) as word from generate_series(1, 4000) i;
    create table few (n int); insert into few values (1), (2)`);
  return db;
}

async function firstBackup(db: TestDatabase, place: Place): Promise<string> {
  return (await takeBackup(db.target, (await place.open()).store)).uuid;
}

/** Some rows are other ones. */
async function changeRows(db: TestDatabase): Promise<void> {
  await db.client.query(`update words set word = md5(word || random()) where i % 1000 < 40`);
}

test('a backup, with each of its operations on the place disturbed', inTurn(0, 2), async (t) => {
  const db = await shop(t);
  const here = place();
  const first = await firstBackup(db, here);
  const runs = await atEach(
    async (fault) => {
      await changeRows(db);
      const { store, faults } = await here.open(fault);
      await takeBackup(db.target, store);
      return faults();
    },
    async (what) => {
      await assertWhole(here, first);
      // Whatever has a manifest is whole, also of a run that said it failed.
      await assertAllWhole(here, what);
    },
  );
  t.diagnostic(`${runs} disturbed backups`);
  assert.ok(runs > 15, String(runs));
  await firstBackup(db, here);
});

test('a copy, with each operation of either place disturbed', inTurn(1, 2), async (t) => {
  const db = await shop(t);
  const here = place();
  const first = await firstBackup(db, here);
  for (const side of ['from', 'to'] as const) {
    let away: Place;
    const runs = await atEach(
      async (fault) => {
        away = place();
        const [from, to] = [
          await here.open(side === 'from' ? fault : undefined),
          await away.open(side === 'to' ? fault : undefined),
        ];
        await copyBackup(from.store, to.store, { uuid: first, compressionLevel: 1 }, control);
        return (side === 'from' ? from : to).faults();
      },
      async (what) => {
        await assertWhole(here, first);
        await assertAllWhole(away, what);
        // It goes on from what is there.
        const copied = await copyBackup(
          (await here.open()).store,
          (await away.open()).store,
          { uuid: first, compressionLevel: 1 },
          control,
        );
        assert.ok(copied.asStored);
        await assertWhole(away, first);
      },
    );
    t.diagnostic(`${runs} disturbed copies (${side})`);
    assert.ok(runs >= 8, String(runs));
  }
});

test('a repair from a copy, with each operation on the damaged place disturbed', inTurn(0, 2), async (t) => {
  const db = await shop(t);
  const [here, away] = [place(), place()];
  const first = await firstBackup(db, here);
  await copyBackup(
    (await here.open()).store,
    (await away.open()).store,
    { uuid: first, compressionLevel: 1 },
    control,
  );
  const repair = async (fault?: { fault: ObjectsFault; at: number }): Promise<number> => {
    const [from, to] = [await away.open(), await here.open(fault)];
    await copyBackup(from.store, to.store, { uuid: first, compressionLevel: 1 }, control);
    return to.faults();
  };
  const runs = await atEach(
    async (fault) => {
      const names: string[] = [];
      for await (const { name } of here.objects.list('')) names.push(name);
      for (const name of names.filter((each) => /^(chunks|packs)\//.test(each)))
        await here.objects.delete(name);
      return repair(fault);
    },
    async (_what, failure) => {
      await assertWhole(away, first);
      if (failure !== undefined) await repair();
      await assertWhole(here, first);
    },
  );
  t.diagnostic(`${runs} disturbed repairs`);
  assert.ok(runs >= 8, String(runs));
});

test('a cleanup, with each of its operations on the place disturbed', inTurn(1, 2), async (t) => {
  const db = await shop(t);
  const here = place();
  const kept = await firstBackup(db, here);
  let gone: string;
  const runs = await atEach(
    async (fault) => {
      await changeRows(db);
      gone = await firstBackup(db, here);
      const { store, faults } = await here.open(fault);
      await store.deleteManifest(gone);
      await sweepChunks(store, { ...control, confirm: async () => {}, keepFrom: async () => null });
      return faults();
    },
    async (what) => {
      await assertWhole(here, kept);
      await assertAllWhole(here, what);
    },
  );
  t.diagnostic(`${runs} disturbed cleanups`);
  assert.ok(runs >= 8, String(runs));
  // What was left over goes with the next one.
  for (const uuid of await backupsIn(here))
    if (uuid !== kept) await (await here.open()).store.deleteManifest(uuid);
  const { store } = await here.open();
  await sweepChunks(store, { ...control, confirm: async () => {}, keepFrom: async () => null });
  await assertWhole(here, kept);
});
