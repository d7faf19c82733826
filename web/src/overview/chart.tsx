import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatTime } from '../format/times.ts';
import classes from './chart.module.css';

interface ChartProps {
  title: string;
  /** The name of a variable of theme.css. */
  color: string;
  /** Seconds since 1970, ascending. */
  times: number[];
  values: (number | null)[];
  format: (value: number) => string;
  /** Of round numbers: 10, or 1024 for bytes. */
  base?: 10 | 1024;
}

const height = 180;

/** One figure over time. The table beside it has the same numbers for screen readers. */
export default function Chart({ title, color, times, values, format, base = 10 }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  const scheme = useComputedColorScheme('light');
  const last = values.length - 1;
  const shown = pointed ?? last;

  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height,
        legend: { show: false },
        cursor: { y: false, points: { size: 8 } },
        scales: { y: { range: (_plot, _least, most) => [0, (most || 1) * 1.12] } },
        axes: [timeAxis(), valueAxis(format, base)],
        series: [{}, line(color)],
        hooks: { setCursor: [(each) => setPointed(each.cursor.idx ?? null)] },
      },
      [times, values],
      element,
    );
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
    // The colours are read when it is drawn.
  }, [times, values, format, base, color, scheme]);

  return (
    <figure className={classes.chart}>
      <figcaption className={classes.caption}>
        <span>{title}</span>
        <span className="figures">
          {values[shown] === null || values[shown] === undefined ? '' : format(values[shown])}
          <span className={classes.when}>{formatTime(new Date((times[shown] ?? 0) * 1_000))}</span>
        </span>
      </figcaption>
      <div ref={box} className={classes.plot} aria-hidden="true" />
    </figure>
  );
}

function variable(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function line(color: string): uPlot.Series {
  const stroke = variable(color);
  return {
    stroke,
    width: 1.75,
    fill: `${stroke}1a`,
    points: { size: 5, fill: stroke },
    spanGaps: true,
  };
}

const font = '12px ui-sans-serif, system-ui, sans-serif';

function timeAxis(): uPlot.Axis {
  return {
    stroke: variable('--ink-soft'),
    font,
    grid: { show: false },
    ticks: { show: false },
    size: 28,
    space: 72,
    values(plot, splits) {
      const { min = 0, max = 0 } = plot.scales['x'] ?? {};
      return splits.map((split) => shortTime(split, (max ?? 0) - (min ?? 0)));
    },
  };
}

const daySeconds = 86_400;

/** Dates for long spans, times of day for short ones. */
function shortTime(seconds: number, shownSeconds: number): string {
  const date = new Date(seconds * 1_000);
  return shownSeconds > 2 * daySeconds
    ? date.toLocaleDateString(undefined, { day: 'numeric', month: 'short' })
    : date.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
}

function valueAxis(format: (value: number) => string, base: 10 | 1024): uPlot.Axis {
  return {
    stroke: variable('--ink-soft'),
    font,
    grid: { stroke: variable('--line'), width: 1 },
    ticks: { show: false },
    size: 66,
    gap: 8,
    space: 42,
    splits: (_plot, _axis, _least, most) => roundSteps(most, base),
    values: (_plot, splits) => splits.map((split) => (split === 0 ? '0' : format(split))),
  };
}

/** About four round steps from nothing to `most`. */
function roundSteps(most: number, base: 10 | 1024): number[] {
  const unit = base === 1024 ? 1024 ** Math.floor(Math.log(Math.max(most, 1)) / Math.log(1024)) : 1;
  const rough = most / unit / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((each) => each * power >= rough)! * power * unit;
  const steps: number[] = [];
  for (let at = 0; at <= most; at += step) steps.push(at);
  return steps;
}
