/** The days of a calendar, in a time zone of choice. Pure. */

export interface CalendarDay {
  /** `2026-11-21` */
  date: string;
  dayOfMonth: number;
}

export interface CalendarMonth {
  /** `2026-11` */
  month: string;
  /** Weeks from Monday to Sunday; null where the day belongs to another month. */
  weeks: (CalendarDay | null)[][];
}

/** A function that gives the day of a time in `timeZone`, `2026-11-21`. Create it once for many times: creating it is slow. */
export function dayReader(timeZone: string): (at: string) => string {
  // Sweden writes dates as ISO 8601 does.
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  return (at) => format.format(new Date(at));
}

/** Every month between two days, the newest first. */
export function monthsBetween(oldest: string, newest: string): CalendarMonth[] {
  const months: CalendarMonth[] = [];
  let [year, month] = yearAndMonth(newest);
  const [lastYear, lastMonth] = yearAndMonth(oldest);
  while (year > lastYear || (year === lastYear && month >= lastMonth)) {
    months.push(calendarMonth(year, month));
    month -= 1;
    if (month === 0) [year, month] = [year - 1, 12];
  }
  return months;
}

function calendarMonth(year: number, month: number): CalendarMonth {
  const name = `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}`;
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate();
  // Monday is 0.
  const first = (new Date(Date.UTC(year, month - 1, 1)).getUTCDay() + 6) % 7;
  const cells: (CalendarDay | null)[] = Array.from({ length: first }, () => null);
  for (let day = 1; day <= length; day++) {
    cells.push({ date: `${name}-${String(day).padStart(2, '0')}`, dayOfMonth: day });
  }
  while (cells.length % 7 !== 0) cells.push(null);
  const weeks: (CalendarDay | null)[][] = [];
  for (let start = 0; start < cells.length; start += 7) weeks.push(cells.slice(start, start + 7));
  return { month: name, weeks };
}

function yearAndMonth(date: string): [number, number] {
  return [Number(date.slice(0, 4)), Number(date.slice(5, 7))];
}
