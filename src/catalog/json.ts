/**
 * JSON text for a jsonb parameter. PostgreSQL's jsonb refuses NUL and lone surrogates, which a message of an
 * operating system or a damaged archive may contain; what an error says must never keep it from being recorded.
 */
export function jsonParameter(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'string' ? item.toWellFormed().replaceAll('\0', '\ufffd') : item,
  );
}
