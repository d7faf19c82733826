/** The npm packages whose code a bundler has put into files of ours, and their licences. */
import * as fs from 'node:fs/promises';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');

export interface ThirdParty {
  name: string;
  version: string;
  /** As SPDX writes it. */
  licence: string;
}

export interface Found extends ThirdParty {
  folder: string;
}

/** A package whose licence asks for no more than MIT does. One with another licence needs a decision. */
export const acceptedLicences = ['MIT', 'ISC', '0BSD', 'Apache-2.0', 'BSD-3-Clause', 'Unlicense'];

/** Packages without a file of their licence: another package that has the same text, by the same author. */
const sameTextAs: Record<string, string> = { 'react-remove-scroll-bar': 'react-remove-scroll' };

const unlicense = `This is free and unencumbered software released into the public domain.

Anyone is free to copy, modify, publish, use, compile, sell, or
distribute this software, either in source code form or as a compiled
binary, for any purpose, commercial or non-commercial, and by any
means.

In jurisdictions that recognize copyright laws, the author or authors
of this software dedicate any and all copyright interest in the
software to the public domain. We make this dedication for the benefit
of the public at large and to the detriment of our heirs and
successors. We intend this dedication to be an overt act of
relinquishment in perpetuity of all present and future rights to this
software under copyright law.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND,
EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT.
IN NO EVENT SHALL THE AUTHORS BE LIABLE FOR ANY CLAIM, DAMAGES OR
OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE,
ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR
OTHER DEALINGS IN THE SOFTWARE.

For more information, please refer to <http://unlicense.org>`;

/**
 * @param modules as a bundler names them: paths, some with a mark before and a query after them
 * @returns by name and version
 * @throws for a licence that is not accepted
 */
export async function packagesOf(modules: Iterable<string>): Promise<Found[]> {
  const folders = new Set<string>();
  for (const module of modules) {
    // The last one: a package may be in a folder of another one.
    const [folder] = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(module.replace(/^\0/, '')) ?? [];
    if (folder !== undefined) folders.add(folder);
  }
  const found = await Promise.all([...folders].map(describe));
  const byName = new Map(found.map((each) => [`${each.name} ${each.version}`, each]));
  return [...byName.keys()].toSorted().map((key) => byName.get(key)!);
}

async function describe(folder: string): Promise<Found> {
  const text = await fs.readFile(path.join(folder, 'package.json'), 'utf8');
  const { name, version, license } = JSON.parse(text) as {
    name: string;
    version: string;
    license?: string;
  };
  if (license === undefined || !acceptedLicences.includes(license)) {
    throw new Error(
      `${name} has the licence ${license ?? '(none)'}: decide whether it can be in the package`,
    );
  }
  return { name, version, licence: license, folder };
}

/** A document with the licence of each. @throws for a package whose text is not known */
export async function licencesOf(packages: readonly Found[]): Promise<string> {
  const parts = packages.map(async (each) => {
    const { name, version, licence } = each;
    return `## ${name} ${version} (${licence})\n\n${(await textOf(each)).trim()}\n`;
  });
  return `# Packages in these files\n\n${(await Promise.all(parts)).join('\n')}`;
}

async function textOf({ name, folder, licence }: Found): Promise<string> {
  const own = await licenceFile(folder);
  if (own !== undefined) return own;
  const other = sameTextAs[name];
  const text = other === undefined ? undefined : await licenceFile(path.join(root, 'node_modules', other));
  if (text !== undefined) return text;
  if (licence === 'Unlicense') return unlicense;
  throw new Error(`${name} has no file with its licence: say in scripts/third-party.ts which text it has`);
}

async function licenceFile(folder: string): Promise<string | undefined> {
  const files = (await fs.readdir(folder)).filter((file) =>
    /^(?:licen[cs]e|copying)(?:[.-]\w+)*$/i.test(file),
  );
  const [file] = files.toSorted();
  return file === undefined ? undefined : fs.readFile(path.join(folder, file), 'utf8');
}
