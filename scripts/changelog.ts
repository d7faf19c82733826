/** What CHANGELOG.md must have for a version, in the form of Keep a Changelog. */

const kinds = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'];

/**
 * Sentences; none when the entry is there.
 * @param released whether the version is to be published now, or is still being made
 */
export function changelogProblems(
  text: string,
  version: string,
  { released }: { released: boolean },
): string[] {
  const sections = text.split(/^(?=## )/m).slice(1);
  const [first = ''] = sections;
  const entry = sections.find((section) => section.startsWith(`## [${version}]`));
  const current = entry ?? (released ? '' : first);
  const [heading = ''] = current.split('\n', 1);
  if (current === '') return [`CHANGELOG.md has no section for version ${version}.`];
  const problems: string[] = [];
  if (entry !== undefined && !/^## \[[^\]]+\] - \d{4}-\d{2}-\d{2}$/.test(heading)) {
    problems.push(`CHANGELOG.md: "${heading}" has no date: ## [${version}] - YYYY-MM-DD.`);
  }
  if (entry === undefined) {
    if (heading !== '## [Unreleased]')
      problems.push(`CHANGELOG.md begins with "${heading}", and not with ## [Unreleased].`);
    if (!current.includes(`version ${version}`)) {
      problems.push(
        `CHANGELOG.md: the section of what is unreleased does not say that it will be version ${version}.`,
      );
    }
  }
  const groups = [...current.matchAll(/^### (.+)$/gm)].map(([, name = '']) => name);
  for (const group of groups.filter((name) => !kinds.includes(name))) {
    problems.push(`CHANGELOG.md: "${group}" is none of ${kinds.join(', ')}.`);
  }
  if (!/^\* /m.test(current)) problems.push(`CHANGELOG.md says nothing of version ${version}.`);
  return problems;
}
