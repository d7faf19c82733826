import { InvalidArgumentError } from 'commander';

/** Parsers of command line arguments; commander turns their exceptions into usage errors. */

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!/^[0-9]{1,16}$/.test(text) || value < 1 || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('It must be a positive whole number.');
  }
  return value;
}

export function port(text: string): number {
  const value = Number(text);
  if (!/^[0-9]{1,5}$/.test(text) || value > 65_535) {
    throw new InvalidArgumentError('It must be a port number, 0 to 65535; 0 is any free one.');
  }
  return value;
}

/** An option that may be given again. */
export function several(text: string, before: string[] = []): string[] {
  return [...before, text];
}

/** `a,"b,c".d,e.*`, and the option may be given again. A comma in double quotes belongs to the name. */
export function tableList(text: string, before: string[] | undefined): string[] {
  const names = text.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/).map((name) => name.trim());
  if (names.includes('') || (text.match(/"/g)?.length ?? 0) % 2 !== 0) {
    throw new InvalidArgumentError('It must be names such as orders,sales.invoices or sales.*');
  }
  return [...(before ?? []), ...names];
}

/** An id of a backup in the database, or, of one in a store alone, its uuid or `latest`. */
export function backupName(text: string): string {
  if (text === 'latest' || /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text;
  return String(positiveInteger(text));
}

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A moment to come: `90m`, `6h`, `2d` from now, or a time such as 2026-11-21T18:00Z. @returns ISO 8601 */
export function moment(text: string): string {
  const [, number, unit] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  const at =
    number === undefined
      ? Date.parse(text)
      : Date.now() + Number(number) * unitMs[unit as keyof typeof unitMs];
  if (!(at > Date.now()))
    throw new InvalidArgumentError('It must be a time to come: 90m, 6h, 2d, or 2026-11-21T18:00Z.');
  return new Date(at).toISOString();
}

/** A moment that has passed: `90m`, `6h`, `2d` ago, or a time. @returns ISO 8601 */
export function pastMoment(text: string): string {
  const [, number, unit] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  const at =
    number === undefined
      ? Date.parse(text)
      : Date.now() - Number(number) * unitMs[unit as keyof typeof unitMs];
  if (Number.isNaN(at)) {
    throw new InvalidArgumentError('It must be a time: 90m, 6h, 2d ago, or 2026-11-21T18:00Z.');
  }
  return new Date(at).toISOString();
}

/** `25` or `25%` as a share of 1. */
export function percentage(text: string): number {
  const percent = Number(/^(\d{1,3}(?:\.\d+)?)%?$/.exec(text)?.[1]);
  if (!(percent > 0 && percent <= 100))
    throw new InvalidArgumentError('It must be a percentage from 0 to 100.');
  return percent / 100;
}

/** `old=new`, once for each role. */
export function roleMapping(text: string, before: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=');
  const [from, to] = [text.slice(0, at), text.slice(at + 1)];
  if (at < 1 || to === '') throw new InvalidArgumentError('It must be old=new, the names of two roles.');
  if (Object.hasOwn(before, from) && before[from] !== to) {
    throw new InvalidArgumentError(`${from} would become two roles.`);
  }
  return { ...before, [from]: to };
}
