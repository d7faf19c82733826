import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cutRanges, rangeBytes } from '../../src/postgres/ranges.ts';

const blockBytes = 8192;
const relations = fc
  .record({
    blocks: fc.integer({ min: 0, max: 200_000 }),
    toastBytesPerBlock: fc.integer({ min: 0, max: 10_000_000 }),
  })
  .map(({ blocks, toastBytesPerBlock }) => ({
    heap: true,
    blocks,
    bytes: blocks * (blockBytes + toastBytesPerBlock),
  }));

test('ranges follow each other from the first block to the open end', () => {
  fc.assert(
    fc.property(relations, (relation) => {
      const ranges = cutRanges(relation);
      assert.equal(ranges[0]?.fromBlock, 0);
      assert.equal(ranges.at(-1)?.toBlock, null);
      for (const [i, range] of ranges.slice(0, -1).entries()) {
        assert.ok(range.toBlock !== null && range.toBlock > range.fromBlock);
        assert.equal(ranges[i + 1]?.fromBlock, range.toBlock);
      }
    }),
  );
});

test('a range holds about as much as it aims at, however the bytes are divided between heap and TOAST', () => {
  fc.assert(
    fc.property(relations, (relation) => {
      const perBlock = relation.bytes / relation.blocks;
      for (const { fromBlock, toBlock } of cutRanges(relation).slice(0, -1)) {
        const blocks = (toBlock ?? 0) - fromBlock;
        const bytes = blocks * perBlock;
        assert.ok(bytes <= rangeBytes * 1.42 || blocks === 1, `${bytes} bytes`);
        assert.ok(bytes >= rangeBytes * 0.7, `${bytes} bytes`);
      }
    }),
  );
});

test('the borders stay where they are while a table grows', () => {
  const borders = (blocks: number): number[] =>
    // The map of free space and the visibility map grow with it, and not evenly.
    cutRanges({ heap: true, blocks, bytes: blocks * blockBytes + 24_576 + blocks * 3 }).map(
      (range) => range.fromBlock,
    );
  const large = borders(100_000);
  for (const blocks of [600, 5_000, 77_777, 99_999]) {
    const small = borders(blocks);
    assert.deepEqual(small, large.slice(0, small.length));
  }
});

test('what is no heap is one range', () => {
  assert.deepEqual(cutRanges({ heap: false, blocks: 100_000, bytes: 1e9 }), [
    { fromBlock: 0, toBlock: null },
  ]);
});
