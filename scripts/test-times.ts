import type { EventData } from 'node:test';

type TestEvent = { type: 'test:summary'; data: EventData.TestSummary } | { type: string };

/**
 * A reporter of node:test that says of each test file how long it took, as soon as it has ended, and at the end lists those that took longest:
 * `488 s  test/cases/cases.test.ts`.
 */
export default async function* testTimes(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const times: { file: string; seconds: number }[] = [];
  for await (const event of source) {
    if (!('data' in event) || event.type !== 'test:summary' || event.data.file === undefined) continue;
    const file = event.data.file.replace(`${process.cwd()}/`, '');
    const seconds = event.data.duration_ms / 1000;
    times.push({ file, seconds });
    yield `${seconds.toFixed(0)} s  ${file}\n`;
  }
  const sum = times.reduce((total, { seconds }) => total + seconds, 0);
  yield `\n${sum.toFixed(0)} s in ${times.length} files, the longest:\n`;
  for (const { file, seconds } of times.toSorted((a, b) => b.seconds - a.seconds).slice(0, 40)) {
    yield `${seconds.toFixed(0)} s  ${file}\n`;
  }
}
