import { z } from 'zod';
import { targetUrl } from './another-server.ts';
import { storableText } from './fields.ts';
import { identity } from './identity.ts';
import { schemaNames } from './names.ts';

const options = {
  onDifferent: z.enum(['keep', 'alter']).default('keep').meta({
    description:
      'What becomes of a role or tablespace that is there and differs: it stays as it is, or it is made as in the backup. Passwords of roles that are there never change, and nothing is dropped',
  }),
  confirm: z
    .array(storableText(400))
    .max(10_000)
    .default([])
    .meta({
      description:
        'What gives power over others is made only if it is named here, as the plan names it: SUPERUSER, CREATEROLE, REPLICATION and BYPASSRLS, memberships in roles that have such power or are the server’s own, privileges on parameters, settings that not every role may make',
      examples: [['SUPERUSER of role chief', 'membership of metrics in pg_monitor']],
    }),
  tablespaces: z.boolean().default(true).meta({
    description: 'Whether tablespaces are made. Each needs its empty directory on the server',
  }),
};

/** `POST /backup/{id}/globals` and `…/globals/plan` */
export const globalsBody = z
  .strictObject({ ...options, targetUrl, identity })
  .register(schemaNames, { id: 'GlobalsBody' });
export type GlobalsBody = z.input<typeof globalsBody>;
export type GlobalsOptions = Pick<z.output<typeof globalsBody>, keyof typeof options>;

const made = z.object({
  what: z.string(),
  value: z.string().nullable().meta({ description: 'Null for a secret' }),
});

/** What a restore of globals would do. */
export const globalsPlan = z
  .object({
    serverVersion: z.number().meta({ description: '`server_version_num` of the server it is compared with' }),
    create: z.array(made).meta({ description: 'What is missing and would be made, in its order' }),
    different: z
      .array(
        z.object({
          what: z.string(),
          backup: z.string().nullable(),
          server: z.string().nullable(),
          isMissing: z
            .boolean()
            .meta({ description: 'The role or tablespace is there, and does not have this' }),
          altered: z.boolean().meta({ description: 'Whether it would be made as in the backup' }),
        }),
      )
      .meta({ description: 'What is there and differs' }),
    present: z.number().meta({ description: 'How much is there already as in the backup' }),
    leftOut: z.array(z.object({ what: z.string(), reason: z.string() })).meta({
      description: 'What cannot be made on this server, with the reason',
    }),
    confirm: z.array(z.string()).meta({
      description: 'What gives power, is not named in `confirm` and would not be made',
    }),
    warnings: z.array(z.string()),
  })
  .register(schemaNames, { id: 'GlobalsPlan' });
export type GlobalsPlan = z.infer<typeof globalsPlan>;

/** What a restore of globals did: all of it, or it ended with an error and did nothing. */
export const globalsReport = globalsPlan
  .extend({
    undo: z.array(z.string()).meta({ description: 'SQL that takes all of it back, in its order' }),
  })
  .register(schemaNames, { id: 'GlobalsReport' });
export type GlobalsReport = z.infer<typeof globalsReport>;

export const globalsPlanAnswer = z.object({ plan: globalsPlan });
export const globalsReportAnswer = z.object({ success: z.literal(true), report: globalsReport });
