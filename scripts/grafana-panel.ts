/** One panel of the dashboard of Grafana, and the ways to ask for its values. */

export interface Query {
  expr: string;
  /** Of the series; of labels in double braces. */
  legend: string;
}

export interface Shown {
  title: string;
  description: string;
  width: number;
  height: number;
  type: 'stat' | 'timeseries' | 'table';
  queries: Query[];
  unit: string;
  colors?: Record<string, string>;
  steps?: [from: number | null, color: string][];
  words?: Record<string, [text: string, color: string]>;
  /** Shows the names of the series in place of their values, which are all 1. */
  names?: boolean;
}

export const own = 'instance="$instance"';
/** Where one database is protected alone there is no such label, and "All" takes what has none. */
const ofDatabase = 'database=~"$database"';
export const metric = (name: string, ...matchers: string[]): string =>
  `holdfast_${name}{${[own, ofDatabase, ...matchers].join(',')}}`;
export const since = (name: string, ...matchers: string[]): string => `time() - ${metric(name, ...matchers)}`;

export type Rest = Partial<Omit<Shown, 'title' | 'description' | 'queries' | 'type'>>;
export const panel =
  (type: Shown['type'], width: number, height: number, unit: string) =>
  (title: string, description: string, queries: Query[] | string, rest: Rest = {}): Shown => ({
    title,
    description,
    type,
    width,
    height,
    unit,
    queries: typeof queries === 'string' ? [{ expr: queries, legend: '' }] : queries,
    ...rest,
  });
export const figure = panel('stat', 4, 4, 'none');
export const curve = panel('timeseries', 12, 7, 'none');
export const list = panel('table', 12, 7, 'none');

/** The name of the state that it is in: the one series that is 1. */
export const stateOf = (name: string, colors: Record<string, string>) => ({
  queries: [{ expr: `${metric(name)} == 1`, legend: '{{state}}' }],
  rest: { names: true, colors } satisfies Rest,
});
export const labelled = (expr: string, legend: string): Query[] => [{ expr, legend }];
