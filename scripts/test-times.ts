import type { EventData } from 'node:test';

type TestEvent = { type: 'test:summary'; data: EventData.TestSummary } | { type: string };

/**
 * A reporter of node:test that lists the test files by the time they took, the longest first: `488 s  test/cases/cases.test.ts`,
 * with the sum in the first line.
 */
export default async function* testTimes(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const times: { file: string; seconds: number }[] = [];
  for await (const event of source) {
    if (!('data' in event) || event.type !== 'test:summary' || event.data.file === undefined) continue;
    const file = event.data.file.replace(`${process.cwd()}/`, '');
    times.push({ file, seconds: event.data.duration_ms / 1000 });
  }
  const sum = times.reduce((total, { seconds }) => total + seconds, 0);
  yield `${sum.toFixed(0)} s  in ${times.length} files\n`;
  for (const { file, seconds } of times.toSorted((a, b) => b.seconds - a.seconds)) {
    yield `${seconds.toFixed(0)} s  ${file}\n`;
  }
}
