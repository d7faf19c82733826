/**
 * What must be true before `npm publish`, which runs this first. RELEASING.md has the steps.
 *
 *   node scripts/release.ts
 */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { changelogProblems } from './changelog.ts';

const root = path.resolve(import.meta.dirname, '..');

interface Manifest {
  name: string;
  version: string;
  repository?: { url?: string };
}

/** Sentences; none when it can be published. */
export async function releaseProblems(): Promise<string[]> {
  const manifest = JSON.parse(await fs.readFile(path.join(root, 'package.json'), 'utf8')) as Manifest;
  const changelog = await fs.readFile(path.join(root, 'CHANGELOG.md'), 'utf8');
  const { version, repository } = manifest;
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  return [
    ...changelogProblems(changelog, version, { released: true }),
    // npm refuses a proof of origin that names another place than the one it was built in.
    ...(/^git\+https:\/\/\S+\.git$/.test(repository?.url ?? '')
      ? []
      : [
          'package.json has no repository.url, such as git+https://github.com/OWNER/holdfast.git: that of this repository.',
        ]),
    ...(git('status', '--porcelain') === '' ? [] : ['There are changes that are not committed.']),
    ...(git('tag', '--points-at', 'HEAD').split('\n').includes(`v${version}`)
      ? []
      : [`The commit does not have the tag v${version}.`]),
  ];
}

if (import.meta.main) {
  const problems = await releaseProblems();
  for (const problem of problems) console.error(`✗ ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
}
