import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

/** Asks again and again until the answer is something; fails the test when that takes too long. */
export async function until<T>(what: () => Promise<T | undefined | false>, limitMs = 60_000): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const value = await what();
    if (value) return value;
    assert.ok(Date.now() < deadline, 'it did not come to that');
    await pause(50);
  }
}
