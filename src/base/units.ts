/**
 * How numbers, sizes and times read to people: one way, on the command line and on the admin page, which takes this file
 * into its own code. Pure, and without any import.
 */

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Decimal units, as disks and clouds count: `999 B`, `1.5 kB`, `213 MB`; three figures at most. */
export function bytes(value: number): string {
  let left = value;
  let unit = 0;
  while (Math.abs(left) >= 999.5 && unit < byteUnits.length - 1) {
    left /= 1000;
    unit += 1;
  }
  const text = unit > 0 && Math.abs(left) < 99.95 ? left.toFixed(1) : count(left);
  return `${text} ${byteUnits[unit]}`;
}

/** `1,234,567` */
export function count(value: number): string {
  // Intl would do it, too; the data it loads take longer than the rest of a short command.
  return String(Math.round(value)).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** `1 table`, `1,204 tables` */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h` */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1_000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const rounded = Math.round(seconds);
  if (rounded < 60) return `${rounded} s`;
  const minutes = Math.floor(rounded / 60);
  if (minutes < 60) return joined(minutes, 'min', rounded % 60, 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return joined(hours, 'h', minutes % 60, 'min');
  return joined(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

/** The same for a guess, which has no tenths: `7 s`, `3 min 20 s` */
export function roughly(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1_000);
  return seconds < 60 ? `${seconds} s` : duration(seconds * 1_000);
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

const steps: [unit: string, seconds: number][] = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** `14 minutes ago`, `in 3 hours`, `just now` */
export function relative(at: string | Date, now: number = Date.now()): string {
  const seconds = (new Date(at).getTime() - now) / 1_000;
  for (const [unit, size] of steps) {
    // Days from two on: `36 hours ago` says more than `1 day ago`.
    const least = unit === 'day' ? 2 * size : size;
    if (Math.abs(seconds) < least) continue;
    const text = counted(Math.trunc(Math.abs(seconds) / size), unit);
    return seconds < 0 ? `${text} ago` : `in ${text}`;
  }
  return seconds > 5 ? 'in less than a minute' : 'just now';
}
