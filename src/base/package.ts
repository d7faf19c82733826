/**
 * Owns where the package's own files are. A checkout runs the sources as they are; the published package has every
 * module in a few files that lie side by side in dist/ (scripts/build.ts).
 */
import { readFileSync } from 'node:fs';

/** Whether this is a checkout. */
const inCheckout = import.meta.url.endsWith('.ts');

/** The folder with package.json. */
const root = new URL(inCheckout ? '../../' : '../', import.meta.url);

/** The address of a file of ours, named by its path from the package's folder in a checkout and as published. */
export function ownFile(path: { checkout: string; published: string }): URL {
  return new URL(inCheckout ? path.checkout : path.published, root);
}

/** The version in package.json. */
export const version: string = (
  JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { version: string }
).version;
