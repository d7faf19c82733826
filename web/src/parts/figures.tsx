import { Tooltip } from '@mantine/core';
import { useEffect, useState } from 'react';
import { formatBytes, formatCount } from '../format/numbers.ts';
import { formatFullTime, formatRelative, formatTime, formatUtc } from '../format/times.ts';

/** Shown for a value that is unknown or does not apply. */
export function Nothing() {
  return (
    <span>
      <span aria-hidden="true" style={{ color: 'var(--ink-soft)' }}>
        –
      </span>
      <span className="visually-hidden">none</span>
    </span>
  );
}

export function Bytes({ value }: { value: number | null }) {
  if (value === null) return <Nothing />;
  return (
    <span className="figures" title={`${formatCount(value)} bytes`}>
      {formatBytes(value)}
    </span>
  );
}

export function Count({ value }: { value: number | null }) {
  return value === null ? <Nothing /> : <span className="figures">{formatCount(value)}</span>;
}

interface TimeProps {
  at: string | null;
  /** `14 minutes ago` instead of the date. */
  relative?: boolean;
}

/** A time in local time; in full and in UTC on hover and focus. */
export function Time({ at, relative = false }: TimeProps) {
  useTick(relative ? 20_000 : null);
  if (at === null) return <Nothing />;
  return (
    <Tooltip
      label={
        <>
          {formatFullTime(at)}
          <br />
          {formatUtc(at)}
        </>
      }
    >
      <time dateTime={at} className="figures">
        {relative ? formatRelative(at) : formatTime(at)}
      </time>
    </Tooltip>
  );
}

/** Renders the component again at this interval, for texts such as `3 minutes ago`. */
export function useTick(everyMs: number | null): void {
  const [, setTicks] = useState(0);
  useEffect(() => {
    if (everyMs === null) return undefined;
    const timer = setInterval(() => setTicks((ticks) => ticks + 1), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
}
