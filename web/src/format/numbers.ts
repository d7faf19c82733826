/*
 * format/ owns numbers, sizes, times and phrases as the page writes them, as pure functions. It never loads anything
 * of React or the client.
 */
import { bytes } from '../../../src/base/units.ts';

export { bytes as formatBytes, count as formatCount, counted } from '../../../src/base/units.ts';

export function formatRate(bytesPerSecond: number): string {
  return `${bytes(bytesPerSecond)}/s`;
}

const percentage = new Intl.NumberFormat('en-US', { style: 'percent', maximumFractionDigits: 0 });

/** Never 100 % for less than all, nor 0 % for more than nothing. */
export function formatShare(share: number): string {
  if (share > 0 && share < 0.005) return '<1%';
  if (share < 1 && share >= 0.995) return '>99%';
  return percentage.format(share);
}
