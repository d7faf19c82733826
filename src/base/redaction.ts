/** Removes what must never be printed: passwords in connection strings, bearer tokens, key=value secrets. */
export function redact(text: string): string {
  return text
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/[^\s:@/]*):[^\s@]*@/gi, '$1:***@')
    .replace(/\b(bearer\s+)[\w.~+/=-]+/gi, '$1***')
    .replace(
      /\b(password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key)(["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s&,;]+)/gi,
      '$1$2***',
    );
}
