import type { ErrorBody, HoldfastError } from './errors.ts';
import { redact } from './redaction.ts';

/** What a row or an answer may show of an error: every text in it goes through the redaction. */
export function redactedBody(error: HoldfastError): ErrorBody {
  return redactDeep(error.toJSON()) as ErrorBody;
}

function redactDeep(value: unknown): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map(redactDeep);
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactDeep(item)]));
}
