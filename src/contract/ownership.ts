import { z } from 'zod';
import { storableText } from './fields.ts';
import { schemaNames } from './names.ts';

const role = storableText(63).min(1);

/** What becomes of owners, privileges and everything else that names roles. */
export const ownership = z
  .union([
    z.enum(['keep', 'skip']),
    z.strictObject({
      map: z
        .record(role, role)
        .refine((map) => Object.keys(map).length > 0, 'must name at least one role')
        .refine((map) => Object.keys(map).length <= 1_000, 'must have at most 1000 roles'),
    }),
  ])
  .meta({
    description:
      'keep: owners and privileges as in the backup, whose roles must be there. skip: none, everything belongs to the restoring role (as owners: false). map: as keep, but each role of the backup that is named becomes the other one; into a new database only',
  })
  .register(schemaNames, { id: 'Ownership' });
export type Ownership = z.infer<typeof ownership>;

/** Where what the backup needs of the server is not there as it was. */
export const targetChoices = {
  ownership: ownership.optional(),
  onMissingTablespace: z.enum(['fail', 'default']).default('fail').meta({
    description:
      'What happens when the server lacks a tablespace of the backup: nothing is restored, or what was in it is made in the default one and listed in report.leftOut',
  }),
  extensionVersions: z.enum(['newest', 'same']).default('newest').meta({
    description:
      'Which version of an extension is created: the default of the server, or that of the backup; the latter into a new database only',
  }),
};

export interface TargetChoices {
  owners: boolean;
  ownership?: Ownership | undefined;
  onMissingTablespace: 'fail' | 'default';
  extensionVersions: 'newest' | 'same';
}

/** The two ways to say whether owners are restored, as one. */
export function ownershipOf({
  owners,
  ownership: chosen,
}: Pick<TargetChoices, 'owners' | 'ownership'>): Ownership {
  return chosen ?? (owners ? 'keep' : 'skip');
}

/** The roles that become other ones. */
export function roleMapOf(chosen: Ownership): Readonly<Record<string, string>> {
  return typeof chosen === 'object' ? chosen.map : {};
}

/** What of a plan is about roles, tablespaces and versions. */
export const targetFindings = {
  missingRoleUses: z
    .array(
      z.object({
        role: z.string(),
        owns: z.number().meta({ description: 'Objects that it owns' }),
        namedIn: z.number().meta({ description: 'Privileges, policies and settings that name it' }),
        of: z.array(z.string()).meta({ description: 'The first of them' }),
      }),
    )
    .default([])
    .meta({
      description:
        'What each missing role is needed for. The choices: create it, `ownership: {map: {role: other}}`, or `ownership: "skip"`',
    }),
  missingTablespaces: z.array(z.string()).default([]).meta({
    description:
      'Tablespaces that the server lacks. The choices: create them, or `onMissingTablespace: "default"`',
  }),
  extensions: z
    .array(
      z.object({
        name: z.string(),
        inBackup: z.string().meta({ description: 'Its version' }),
        created: z.string().nullable().meta({
          description: 'The version that is made; null where it cannot be',
        }),
      }),
    )
    .default([])
    .meta({ description: 'Into a new database: the extensions that are made' }),
};
