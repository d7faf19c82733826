import type { ErrorCode } from '../../base/errors.ts';

/** What one check found. */
export interface Check {
  /** What was looked at: `connection`, `server version`, … */
  name: string;
  level: 'ok' | 'warn' | 'fail';
  /** What was found, in a sentence. */
  message: string;
  /** What to do; null where nothing needs to be done. */
  hint: string | null;
  /** The error a backup or restore would end in; null unless it fails. */
  code: ErrorCode | null;
}

export function ok(name: string, message: string): Check {
  return { name, level: 'ok', message, hint: null, code: null };
}

/** Works, but an operator should know about it. */
export function warn(name: string, message: string, hint: string): Check {
  return { name, level: 'warn', message, hint, code: null };
}

/** A backup or restore would not work. */
export function fail(name: string, code: ErrorCode, message: string, hint: string): Check {
  return { name, level: 'fail', message, hint, code };
}

const named = 5;

/** `a, b, c and 4 more` */
export function someOf(names: readonly string[]): string {
  const more = names.length > named ? ` and ${names.length - named} more` : '';
  return names.slice(0, named).join(', ') + more;
}
