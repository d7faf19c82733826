import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { endingStream } from '../../src/runs/ending-stream.ts';

const idleMs = 300_000;

function stream(source: () => AsyncGenerator<Uint8Array>, signal = new AbortController().signal) {
  const ends: unknown[] = [];
  const made = endingStream(() => ReadableStream.from(source()) as ReadableStream<Uint8Array>, {
    idleMs,
    signal,
    onEnd: async (error) => void ends.push(error),
  });
  return { reader: made.getReader(), ends };
}

async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) yield new Uint8Array(1_000_000);
}

test('a reader that takes something now and then is waited for, and one that takes nothing is not', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { reader, ends } = stream(endless);
  for (let piece = 0; piece < 50; piece++) {
    t.mock.timers.tick(idleMs - 1);
    const { value } = await reader.read();
    assert.ok(value!.length <= 256 * 1024, 'a piece that takes long to send would look like nothing');
  }
  t.mock.timers.tick(idleMs);
  await assert.rejects(reader.read(), { code: 'DOWNLOAD_STALLED' });
  await turn();
  assert.equal(ends.length, 1);
});

test('one that never begins to read is not waited for either', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { reader, ends } = stream(endless);
  t.mock.timers.tick(idleMs);
  await assert.rejects(reader.read(), { code: 'DOWNLOAD_STALLED' });
  await turn();
  assert.equal(ends.length, 1);
});

test('time that the source takes is not the time of the reader', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const gate = Promise.withResolvers<void>();
  const { reader } = stream(async function* () {
    await gate.promise;
    yield Uint8Array.of(1);
  });
  const read = reader.read();
  await Promise.resolve();
  t.mock.timers.tick(idleMs * 10);
  gate.resolve();
  assert.deepEqual((await read).value, Uint8Array.of(1));
});

test('however it ends, that is told once', async () => {
  const failure = new Error('broken');
  const whole = stream(async function* () {
    yield Uint8Array.of(1, 2);
  });
  while (!(await whole.reader.read()).done);
  assert.deepEqual(whole.ends, [undefined]);

  // oxlint-disable-next-line require-yield
  const failed = stream(async function* () {
    throw failure;
  });
  await assert.rejects(failed.reader.read(), failure);
  assert.deepEqual(failed.ends, [failure]);

  const left = stream(endless);
  await left.reader.read();
  await left.reader.cancel(failure);
  assert.deepEqual(left.ends, [failure]);

  const controller = new AbortController();
  const stopped = stream(endless, controller.signal);
  await stopped.reader.read();
  controller.abort(failure);
  await assert.rejects(stopped.reader.read(), failure);
  await turn();
  assert.deepEqual(stopped.ends, [failure]);
  await assert.rejects(stream(endless, controller.signal).reader.read(), failure);
});
