export interface Summary {
  median: number;
  least: number;
  most: number;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (upper === undefined || lower === undefined) throw new RangeError('there is no median of nothing');
  return (lower + upper) / 2;
}

/** Of what is known; undefined when nothing is. */
export function summarise(values: readonly (number | undefined)[]): Summary | undefined {
  const known = values.filter((value) => value !== undefined);
  if (known.length === 0) return undefined;
  return { median: median(known), least: Math.min(...known), most: Math.max(...known) };
}

/**
 * The median of the ratios of neighbouring runs. What slows the machine for a while slows both runs of a pair, so
 * this is steadier than the ratio of the medians.
 */
export function pairedRatio(
  ours: readonly (number | undefined)[],
  theirs: readonly (number | undefined)[],
): Summary | undefined {
  return summarise(
    ours.map((value, index) => {
      const other = theirs[index];
      return value === undefined || other === undefined || other === 0 ? undefined : value / other;
    }),
  );
}
