/** The time zones to choose from: those the browser knows, UTC first. */
export function timeZones(current: string): string[] {
  const known = Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC');
  const all = ['UTC', ...known];
  // The server may know one that this browser does not.
  return all.includes(current) ? all : [current, ...all];
}

export function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
