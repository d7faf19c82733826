import * as fs from 'node:fs/promises';

/**
 * Files of tests that take two minutes and more each, in two groups that take about as long: a run has one of them, by turns, so that all of it fits
 * into the time of CI. What is there for every run is tried elsewhere in small; these try it at each moment, in each order or on several machines.
 */
const groups: readonly (readonly string[])[] = [
  [
    'test/network/network.test.ts',
    'test/runs/simulated-year.test.ts',
    'test/runs/damage.test.ts',
    'test/engine/replace/replace.test.ts',
    'test/engine/bring-back.test.ts',
    'test/runs/handing-over.test.ts',
    'test/engine/query/query.test.ts',
    'test/engine/drill-scratch.test.ts',
    'test/runs/scrub.test.ts',
    'test/extensions/round-trip.test.ts',
    'test/engine/rows/random-rows.test.ts',
    'test/format/golden.test.ts',
    'test/engine/histories/prisma.test.ts',
    'test/cli/store-alone.test.ts',
    'test/engine/incremental/summaries.test.ts',
    'test/runs/kill-server.test.ts',
    'test/runs/planted-life.test.ts',
    'test/engine/incremental/unchanged.test.ts',
    'test/engine/faults.test.ts',
    'test/runs/corruption-matrix.test.ts',
    'test/engine/replace/random-replace.test.ts',
    'test/engine/drop-each.test.ts',
  ],
  [
    'test/runs/machines.test.ts',
    'test/cli/kill-matrix.test.ts',
    'test/runs/cleanup-beside-runs.test.ts',
    'test/engine/segments.test.ts',
    'test/engine/incremental/changed-rows.test.ts',
    'test/runs/disk-full.test.ts',
    'test/cli/guard.test.ts',
    'test/runs/levels.test.ts',
    'test/engine/query/few-chunks.test.ts',
    'test/radar/damage.test.ts',
    'test/package/packed.test.ts',
    'test/engine/adapt/random-drift.test.ts',
    'test/engine/incremental/rows-torture.test.ts',
    'test/engine/histories/drizzle.test.ts',
    'test/api/undo.test.ts',
    'test/runs/kill.test.ts',
    'test/runs/several-databases.test.ts',
    'test/runs/tracing.test.ts',
    'test/engine/drill-good.test.ts',
    'test/engine/incremental/torture.test.ts',
    'test/engine/fault-matrix.test.ts',
    'test/runs/cleanup-scale.test.ts',
    'test/runs/drill-corruption.test.ts',
  ],
];

/**
 * The test files of a run, and those that have their turn in another one.
 * @param turn which group of two: 0 and 1 take the first, 2 and 3 the second, and so on
 * @param all every file instead
 * @throws when a group names a file that there is not
 */
export async function filesInTurn(
  root: string,
  { turn, all }: { turn: number; all: boolean },
): Promise<{ files: string[]; others: string[] }> {
  const every: string[] = [];
  for await (const file of fs.glob('test/**/*.test.ts', { cwd: root })) every.push(file);
  every.sort((a, b) => (a < b ? -1 : 1));
  for (const file of groups.flat()) {
    if (!every.includes(file)) throw new Error(`scripts/test-turns.ts names ${file}, which there is not`);
  }
  // Of another rhythm than the turns in the files (test/support/servers.ts), so that each of these meets each of those.
  const others = all ? [] : [...(groups[(Math.floor(turn / 2) + 1) % groups.length] ?? [])];
  return { files: every.filter((file) => !others.includes(file)), others };
}
