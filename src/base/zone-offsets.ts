/** The offset of a zone in milliseconds at an instant. */
export type OffsetAt = (instant: number) => number;

/** A formatter takes longer to make than a run to find. Zones are few, so none is forgotten. */
const known = new Map<string, OffsetAt>();

export function zoneOffsets(timezone: string): OffsetAt {
  const offsets = known.get(timezone) ?? readOffsets(timezone);
  known.set(timezone, offsets);
  return offsets;
}

function readOffsets(timezone: string): OffsetAt {
  const format = new Intl.DateTimeFormat('en', {
    timeZone: timezone,
    timeZoneName: 'longOffset',
    year: 'numeric',
  });
  return (instant) => {
    // "2026, GMT+02:00", "2026, GMT", with seconds before zones had standard times.
    const [, sign, hours, minutes, seconds] =
      /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(format.format(instant)) ?? [];
    if (hours === undefined) return 0;
    const size = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds ?? 0);
    return (sign === '-' ? -size : size) * 1000;
  };
}
