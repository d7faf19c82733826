/**
 * Owns where the package's own files are. A checkout runs the sources as they are; the published package has every
 * module in a few files that lie side by side in dist/ (scripts/build.ts).
 */
import { readFileSync } from 'node:fs';

/** Whether this is a checkout. */
const inCheckout = import.meta.url.endsWith('.ts');

/** The folder with package.json. */
const root = new URL(inCheckout ? '../../' : '../', import.meta.url);

/**
 * The address of a file of ours.
 * @param published where it is from the module that asks, once that lies in dist/: `new URL('./name', import.meta.url)`. It is written out there,
 *   alone in its argument, because tools that copy what an application needs (Nitro, Next.js) look for exactly that
 * @param checkout its path from the folder of a checkout
 */
export function ownFile(published: URL, checkout: string): URL {
  return inCheckout ? new URL(checkout, root) : published;
}

/** package.json. */
export const packageFile = new URL('package.json', root);

/** The version in package.json. */
export const version: string = (JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }).version;
