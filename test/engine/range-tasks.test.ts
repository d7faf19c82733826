import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { takeRangeTasks, type RangeTask } from '../../src/engine/backup/range-tasks.ts';

const MiB = 1024 * 1024;

/** Only what the taking looks at; `schemaOf` says in which schema the table of each is. */
const tasksOf = (sizes: readonly number[], schemaOf: (place: number) => number = () => 1): RangeTask[] =>
  sizes.map(
    (estimatedBytes, i) =>
      ({
        statement: `copy ${i}`,
        estimatedBytes,
        table: { relation: { schemaOid: schemaOf(i) } },
      }) as RangeTask,
  );

test('every range is taken once, the last one first', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 64 * MiB }), { maxLength: 400 }), (sizes) => {
      const tasks = tasksOf(sizes);
      const expected = tasks.toReversed().map((task) => task.statement);
      const taken: string[] = [];
      for (let batch = takeRangeTasks(tasks); batch.length > 0; batch = takeRangeTasks(tasks)) {
        taken.push(...batch.map((task) => task.statement));
      }
      assert.deepEqual(taken, expected);
    }),
  );
});

test('a batch is bounded, and near the end it is a single range', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: MiB, max: 64 * MiB }), { maxLength: 2_000 }), (sizes) => {
      const tasks = tasksOf(sizes);
      for (;;) {
        const left = tasks.length;
        const batch = takeRangeTasks(tasks);
        if (batch.length === 0) return;
        const bytes = batch.reduce((sum, task) => sum + task.estimatedBytes, 0);
        assert.ok(batch.length === 1 || bytes <= 32 * MiB, `${bytes} bytes in one round trip`);
        assert.ok(batch.length <= Math.max(1, Math.ceil(left / 32)), `${batch.length} of ${left}`);
      }
    }),
  );
});

test('small ranges go together to the end', () => {
  const tasks = tasksOf(Array.from({ length: 100 }, () => 1024));
  const sizes: number[] = [];
  for (let batch = takeRangeTasks(tasks); batch.length > 0; batch = takeRangeTasks(tasks))
    sizes.push(batch.length);
  assert.deepEqual(sizes, [32, 32, 32, 4]);
});

test('what goes together is of one schema, so that two that change places show', () => {
  const tasks = tasksOf(
    Array.from({ length: 9 }, () => 1024),
    (i) => Math.floor(i / 4),
  );
  const schemas: number[][] = [];
  for (let batch = takeRangeTasks(tasks); batch.length > 0; batch = takeRangeTasks(tasks))
    schemas.push(batch.map((task) => task.table.relation.schemaOid));
  assert.deepEqual(schemas, [[2], [1, 1, 1, 1], [0, 0, 0, 0]]);
});
