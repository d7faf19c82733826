import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

/** The element that holds menus and tooltips; see shell.tsx. */
export const layerId = 'layer';
const inLayer = { target: `#${layerId}` };

/** The one accent. Shade 6 carries white text with a contrast of 5.6. */
const accent: MantineColorsTuple = [
  '#eef3ff',
  '#dce6fd',
  '#bccffb',
  '#94b2f6',
  '#7298f0',
  '#4f7ae6',
  '#335fd8',
  '#274cb8',
  '#203e94',
  '#1a3070',
];

const dark: MantineColorsTuple = [
  '#dfe3ea',
  '#c3c9d4',
  '#a0a8b6',
  '#808998',
  '#4a5261',
  '#343b48',
  '#272d38',
  '#1b2029',
  '#14181f',
  '#0e1116',
];

const fontFamily =
  'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif';

export const theme = createTheme({
  primaryColor: 'accent',
  primaryShade: 6,
  colors: { accent, dark },
  fontFamily,
  // Small sizes are a step larger than Mantine's, so that hints are readable.
  fontSizes: { xs: '0.8125rem', sm: '0.875rem', md: '0.9375rem', lg: '1.0625rem', xl: '1.25rem' },
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  headings: { fontFamily, fontWeight: '600' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Tooltip: { defaultProps: { withArrow: true, openDelay: 250, portalProps: inLayer } },
    // Its focus placeholder is not a valid child of a menu.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false, portalProps: inLayer } },
    ModalRoot: { defaultProps: { centered: true, padding: 'lg' } },
    ModalOverlay: { defaultProps: { backgroundOpacity: 0.45 } },
  },
});

/** Mantine's own greys for secondary text fall short of AA. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-text': 'var(--ink)',
    '--mantine-color-dimmed': 'var(--ink-soft)',
    '--mantine-color-placeholder': 'var(--ink-soft)',
    '--mantine-color-body': 'var(--surface)',
    '--mantine-color-default-border': 'var(--line-strong)',
    '--mantine-color-error': 'var(--bad)',
    '--mantine-color-anchor': 'var(--mantine-color-accent-7)',
  },
  dark: {
    '--mantine-color-text': 'var(--ink)',
    '--mantine-color-dimmed': 'var(--ink-soft)',
    '--mantine-color-placeholder': 'var(--ink-soft)',
    '--mantine-color-body': 'var(--surface)',
    '--mantine-color-default-border': 'var(--line-strong)',
    '--mantine-color-error': 'var(--bad)',
    '--mantine-color-anchor': 'var(--mantine-color-accent-3)',
  },
});
