/** `2026-03-29T03:00:00+02:00` taken apart for reading, without asking the browser's own zone. Pure. */

export interface ReadableLocal {
  /** `Sun 29 Mar 2026` */
  day: string;
  /** `03:00` */
  time: string;
  /** `+02:00` */
  offset: string;
}

const dayFormat = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: '2-digit',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
});

export function readLocal(local: string): ReadableLocal {
  const day = dayFormat.format(new Date(`${local.slice(0, 10)}T00:00:00Z`)).replace(',', '');
  const offset = /(?:[+-]\d\d:\d\d(?::\d\d)?|Z)$/.exec(local)?.[0] ?? '';
  return { day, time: local.slice(11, 16), offset: offset === 'Z' ? '+00:00' : offset };
}
