import { Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { useRef, useState, type KeyboardEvent } from 'react';
import { Link } from 'wouter';
import { counted } from '../format/numbers.ts';
import { Badge } from '../parts/state-badge.tsx';
import { monthsBetween, type CalendarMonth } from './calendar-days.ts';
import { dayWords, type Decided } from './retention-days.ts';
import classes from './retention-calendar.module.css';

interface Props {
  /** By day, `2026-11-21`, newest first. */
  days: Map<string, Decided[]>;
}

const firstMonths = 6;
const weekdays = ['Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa', 'Su'];

const monthFormat = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' });
const dayFormat = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeZone: 'UTC' });

function longDay(date: string): string {
  return dayFormat.format(new Date(`${date}T00:00:00Z`));
}

/** Which days would still have a backup, and why. The arrow keys move between days with backups. */
export function RetentionCalendar({ days }: Props) {
  const dates = [...days.keys()].toSorted();
  const [newest, oldest] = [dates.at(-1), dates[0]];
  const [selected, select] = useState<string>();
  const [all, setAll] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  if (newest === undefined || oldest === undefined) return null;

  const months = monthsBetween(oldest, newest);
  const shown = all ? months : months.slice(0, firstMonths);
  const current = selected !== undefined && days.has(selected) ? selected : newest;
  const move = (event: KeyboardEvent): void => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (by === undefined) return;
    const buttons = [...(place.current?.querySelectorAll<HTMLButtonElement>('button[data-date]') ?? [])];
    const inOrder = buttons.toSorted((a, b) =>
      (a.dataset['date'] ?? '').localeCompare(b.dataset['date'] ?? ''),
    );
    const at = inOrder.findIndex((button) => button === document.activeElement);
    const next = at < 0 ? undefined : inOrder[at + by];
    if (!next) return;
    event.preventDefault();
    next.focus();
    select(next.dataset['date']);
  };
  return (
    <Stack gap="md">
      {/* Receives the keys of its buttons. */}
      <div
        className={classes.months}
        ref={place}
        onKeyDown={move}
        role="group"
        aria-label="Calendar of backups"
      >
        {shown.map((month) => (
          <Month key={month.month} month={month} days={days} current={current} select={select} />
        ))}
      </div>
      {shown.length < months.length && (
        <Group>
          <Button variant="default" size="xs" onClick={() => setAll(true)}>
            Show {counted(months.length - shown.length, 'earlier month')}
          </Button>
        </Group>
      )}
      <DayReasons date={current} items={days.get(current) ?? []} />
    </Stack>
  );
}

interface MonthProps {
  month: CalendarMonth;
  days: Props['days'];
  current: string;
  select: (date: string) => void;
}

function Month({ month, days, current, select }: MonthProps) {
  return (
    <table className={classes.month}>
      <caption>{monthFormat.format(new Date(`${month.month}-01T00:00:00Z`))}</caption>
      <thead>
        <tr>
          {weekdays.map((weekday) => (
            <th key={weekday} scope="col">
              {weekday}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {month.weeks.map((week, index) => (
          // The weeks of a month never change their order.
          // oxlint-disable-next-line react/no-array-index-key
          <tr key={index}>
            {week.map((day, weekday) => (
              <td key={weekdays[weekday]}>
                {day && (
                  <Day
                    date={day.date}
                    label={day.dayOfMonth}
                    items={days.get(day.date)}
                    current={day.date === current}
                    select={select}
                  />
                )}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface DayProps {
  date: string;
  label: number;
  items: Decided[] | undefined;
  current: boolean;
  select: (date: string) => void;
}

function Day({ date, label, items, current, select }: DayProps) {
  if (!items) return <span className={classes.empty}>{label}</span>;
  const kept = items.some((item) => item.action === 'keep');
  const deleted = items.some((item) => item.action === 'delete');
  return (
    <button
      type="button"
      className={classes.day}
      data-date={date}
      data-count={items.length > 1 ? items.length : undefined}
      data-fate={kept ? (deleted ? 'both' : 'keep') : 'delete'}
      aria-pressed={current}
      tabIndex={current ? 0 : -1}
      aria-label={`${longDay(date)}: ${dayWords(items)}`}
      onClick={() => select(date)}
    >
      {label}
    </button>
  );
}

function DayReasons({ date, items }: { date: string; items: Decided[] }) {
  return (
    <section className={classes.reasons} aria-live="polite" aria-label="Backups of the chosen day">
      <Text fw={600} size="sm">
        {longDay(date)}
      </Text>
      <ul className={classes.list}>
        {items.slice(0, 30).map(({ backup, action, reasons, places }) => (
          <li key={backup.id} className={classes.reason}>
            <Badge tone={action === 'keep' ? 'good' : 'bad'}>{action === 'keep' ? 'Kept' : 'Deleted'}</Badge>
            <span>
              <Anchor component={Link} href={`/backups/${backup.id}`}>
                Backup {backup.id}
              </Anchor>
              {backup.status === 'completed' ? '' : ` (${backup.status})`}: {reasons.join('; ')}
              {places.map((place) => (
                <span key={place.store} className={classes.place}>
                  In {place.store} {place.action === 'keep' ? 'kept' : 'deleted'}: {place.reasons.join('; ')}
                </span>
              ))}
            </span>
          </li>
        ))}
      </ul>
      {items.length > 30 && (
        <Text size="sm" c="dimmed">
          and {items.length - 30} more of this day
        </Text>
      )}
    </section>
  );
}
