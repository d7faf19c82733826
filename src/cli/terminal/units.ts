/** Times as the command line writes them; numbers and sizes are in base/units.ts. */

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** `2026-03-04 05:06:07 +01:00`, in the time zone of this machine. */
export function localTime(iso: string): string {
  const at = new Date(iso);
  return `${day(at)} ${clock(at)}:${two(at.getSeconds())} ${offset(at)}`;
}

/** `2026-03-04 05:06 +01:00`, for lists. */
export function localMinute(iso: string): string {
  const at = new Date(iso);
  return `${day(at)} ${clock(at)} ${offset(at)}`;
}

function day(at: Date): string {
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

function clock(at: Date): string {
  return `${two(at.getHours())}:${two(at.getMinutes())}`;
}

function offset(at: Date): string {
  const minutes = -at.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.trunc(size / 60))}:${two(size % 60)}`;
}

/** Milliseconds between two times of a run; null while one is unknown. */
export function elapsed(from: string | null, to: string | null): number | null {
  return from === null || to === null ? null : Date.parse(to) - Date.parse(from);
}
