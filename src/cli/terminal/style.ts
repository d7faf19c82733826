import { styleText } from 'node:util';

type Format = Parameters<typeof styleText>[0];

/** Colours only where a person looks at a terminal; NO_COLOR and FORCE_COLOR are obeyed by styleText. */
function on(stream: NodeJS.WriteStream, format: Format): (text: string) => string {
  return (text) => styleText(format, text, { stream });
}

export const bold = on(process.stdout, 'bold');
export const dim = on(process.stdout, 'dim');
export const green = on(process.stdout, 'green');
export const yellow = on(process.stdout, 'yellow');
export const red = on(process.stdout, 'red');
export const cyan = on(process.stdout, 'cyan');

/** The same for what goes to stderr. */
export const onStderr = {
  bold: on(process.stderr, 'bold'),
  dim: on(process.stderr, 'dim'),
  green: on(process.stderr, 'green'),
  red: on(process.stderr, 'red'),
  yellow: on(process.stderr, 'yellow'),
  cyan: on(process.stderr, 'cyan'),
};
