/** An example as a newcomer has it: its folder, and above it the package, as in a checkout. Nothing is installed yet. */
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { packedPackage } from '../support/packed.ts';

const root = path.resolve(import.meta.dirname, '../..');
const examples = path.join(root, 'examples');
/** What npm and the frameworks make is not part of an example. */
const made = new Set(['node_modules', 'dist', 'build', '.next', '.nuxt', '.output', '.svelte-kit']);

export async function exampleNames(): Promise<string[]> {
  const entries = await fs.readdir(examples, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** Puts an example and the packed package into a folder. @returns the folder of the example */
export async function placeExample(name: string, parent: string): Promise<string> {
  const described = await fs.readFile(path.join(root, 'package.json'), 'utf8');
  const { version } = JSON.parse(described) as { version: string };
  await fs.copyFile(await packedPackage(), path.join(parent, `holdfast-${version}.tgz`));
  const folder = path.join(parent, 'examples', name);
  const filter = (source: string): boolean => !made.has(path.basename(source));
  await fs.cp(path.join(examples, name), folder, { recursive: true, filter });
  return folder;
}
