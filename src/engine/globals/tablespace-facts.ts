import type { GlobalTablespace } from '../../format/globals.ts';
import { setTablespaceOptions } from '../../postgres/globals/statements.ts';
import { quoteIdentifier } from '../../postgres/identifiers.ts';
import { describing } from './described.ts';
import { shownName, type Fact } from './fact.ts';
import { lacksOwn, othersThan, privilegeFact } from './privilege-facts.ts';

/** A tablespace, and what belongs to it. */
export function tablespaceFacts(tablespace: GlobalTablespace): Fact[] {
  const { name, owner, location, options, privileges, comment, securityLabels } = tablespace;
  const of = `tablespace ${shownName(name)}`;
  const part = { subject: { kind: 'tablespace' as const, name }, roles: [] as string[] };
  const quoted = quoteIdentifier(name);
  return [
    {
      ...part,
      what: of,
      value: location,
      shown: location || 'in the data directory',
      statements: [],
      remove: [`DROP TABLESPACE ${quoted}`],
      isFixed: true,
      tablespace,
    },
    {
      ...part,
      what: `owner of ${of}`,
      roles: [owner],
      value: owner,
      shown: owner,
      statements: [`ALTER TABLESPACE ${quoted} OWNER TO ${quoteIdentifier(owner)}`],
      remove: [],
    },
    ...options.map((option): Fact => {
      return {
        ...part,
        what: `option ${shownName(option.name)} of ${of}`,
        value: option.value,
        shown: option.value,
        statements: [setTablespaceOptions({ name, options: [option] })],
        remove: [`ALTER TABLESPACE ${quoted} RESET (${quoteIdentifier(option.name)})`],
      };
    }),
    ...describing('TABLESPACE', name, { comment, securityLabels }),
    ...othersThan(owner, privileges ?? []).map((each) => privilegeFact('TABLESPACE', { name, owner }, each)),
    ...(lacksOwn(owner, privileges)
      ? [
          {
            ...part,
            what: `no CREATE on ${of} for its owner`,
            roles: [owner],
            value: owner,
            shown: 'yes',
            statements: [`REVOKE CREATE ON TABLESPACE ${quoted} FROM ${quoteIdentifier(owner)}`],
            remove: [`GRANT CREATE ON TABLESPACE ${quoted} TO ${quoteIdentifier(owner)}`],
          },
        ]
      : []),
  ];
}
