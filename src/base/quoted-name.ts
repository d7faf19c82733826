/** A name as SQL has it, without its quotes; one without quotes stays as it is. */
export function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
