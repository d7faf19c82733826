/** The icons of the page, on a grid of 20. Each is accompanied by text. */
const paths = {
  overview: 'M3 10.5 10 4l7 6.5M5 9v7h10V9',
  backups:
    'M4 5.5C4 4.1 6.7 3 10 3s6 1.1 6 2.5S13.3 8 10 8 4 6.9 4 5.5Zm0 0v9C4 15.9 6.7 17 10 17s6-1.1 6-2.5v-9M4 10c0 1.4 2.7 2.5 6 2.5s6-1.1 6-2.5',
  restore: 'M4 10a6 6 0 1 0 2-4.5M4 3v3.5h3.5M10 7v3.5l2.5 1.5',
  schedule: 'M4 5h12v11.5H4zM4 8.5h12M7 3v3M13 3v3',
  history: 'M4 5h12M4 10h12M4 15h8',
  stores: 'M3.5 4h13v4.5h-13zM3.5 11.5h13V16h-13zM6.5 6.3h.01M6.5 13.8h.01',
  databases:
    'M2.5 6c0-1.1 2-2 4.5-2s4.5.9 4.5 2-2 2-4.5 2-4.5-.9-4.5-2Zm0 0v7.5c0 1.1 2 2 4.5 2m4.5-9.5v2m-3 3.5c0-1.1 2-2 4.5-2s4.5.9 4.5 2-2 2-4.5 2-4.5-.9-4.5-2Zm0 0v4c0 1.1 2 2 4.5 2s4.5-.9 4.5-2v-4',
  radar: 'M10 16.5a6.5 6.5 0 1 0-6.5-6.5M10 13a3 3 0 1 0-3-3M10 10 4 16',
  copy: 'M7.5 7.5h9v9h-9zM4 12.5H3.5v-9h9V4',
  lock: 'M5 9h10v7.5H5zM7 9V6.5a3 3 0 0 1 6 0V9',
  bell: 'M5 14h10l-1.2-2V8.5a3.8 3.8 0 0 0-7.6 0V12L5 14Zm3.5 2.2a1.6 1.6 0 0 0 3 0',
  menu: 'M3 6h14M3 10h14M3 14h14',
  close: 'm5 5 10 10M15 5 5 15',
  plus: 'M10 4v12M4 10h12',
  download: 'M10 3v9m-3.5-3.5L10 12l3.5-3.5M4 16h12',
  pin: 'M7.5 3h5l-.7 5 2.7 2.5h-9L8.2 8 7.5 3ZM10 10.5V17',
  trash: 'M4 5.5h12M8 5.5V3.5h4v2M5.5 5.5 6.3 17h7.4l.8-11.5',
  search: 'M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11Zm4-1.5 4 4',
  check: 'm4 10.5 4 4 8-9',
  alert: 'M10 3.5 2.5 16.5h15L10 3.5Zm0 5v4m0 1.8v.2',
  info: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm0-7.5V13m0-6v.2',
  sun: 'M10 13.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M4.3 15.7l1.1-1.1M14.6 5.4l1.1-1.1',
  moon: 'M16.5 12A7 7 0 0 1 8 3.5 7 7 0 1 0 16.5 12Z',
  screen: 'M3 4h14v9.5H3zM7 17h6M10 13.5V17',
  out: 'M12 4H4v12h8M8.5 10H17m-3-3 3 3-3 3',
  left: 'm12 4-6 6 6 6',
  right: 'm8 4 6 6-6 6',
  down: 'm5 8 5 5 5-5',
  more: 'M5 10h.01M10 10h.01M15 10h.01',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === 'more' ? 2.6 : 1.6}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  );
}
