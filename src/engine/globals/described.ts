import type { GlobalRole } from '../../format/globals.ts';
import { commentOn, securityLabel } from '../../postgres/globals/statements.ts';
import { shownName, type Fact } from './fact.ts';

/** What is said of a role or a tablespace. */
export function describing(
  kind: 'ROLE' | 'TABLESPACE',
  name: string,
  { comment, securityLabels }: Pick<GlobalRole, 'comment' | 'securityLabels'>,
): Fact[] {
  const of = kind === 'ROLE' ? ('role' as const) : ('tablespace' as const);
  const part = { subject: { kind: of, name }, roles: [] };
  return [
    ...(comment === null
      ? []
      : [
          {
            ...part,
            what: `comment of ${of} ${shownName(name)}`,
            value: comment,
            shown: comment,
            statements: [commentOn(kind, name, comment)],
            remove: [commentOn(kind, name, null)],
          },
        ]),
    ...securityLabels.map((label): Fact => {
      return {
        ...part,
        what: `security label of ${shownName(label.provider)} for ${of} ${shownName(name)}`,
        value: label.label,
        shown: label.label,
        statements: [securityLabel(kind, name, label)],
        remove: [securityLabel(kind, name, { ...label, label: null })],
      };
    }),
  ];
}
