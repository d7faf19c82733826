import type { TableChange } from '../../postgres/table-change.ts';

/**
 * SQL that makes the head where there is none: after the rows that are there, so that what is missing shows. The name of the chain is another one
 * then, which the backups tell.
 */
export const auditHeadSql = (schema: string): string => `
insert into ${schema}.system_backup_audit_head (chain, id, previous, hash, at)
select made.chain, coalesce(last.id, 0), coalesce(last.previous, ''),
       coalesce(last.hash, pg_catalog.sha256(pg_catalog.convert_to(made.chain::pg_catalog.text, 'UTF8'))), pg_catalog.now()
  from (select pg_catalog.gen_random_uuid() as chain) made
  left join (select id, previous, hash from ${schema}.system_backup_audit order by id desc limit 1) last on true
 where not exists (select from ${schema}.system_backup_audit_head);`;

export const audit: TableChange = {
  version: 36,
  name: 'audit',
  columns: {
    system_backup_audit: [
      'id bigint',
      'content text',
      'previous bytea',
      'hash bytea',
      'at timestamp with time zone',
      'actor text',
      'operation text',
      'call_id bigint',
    ],
    system_backup_audit_head: [
      'chain uuid',
      'id bigint',
      'previous bytea',
      'hash bytea',
      'at timestamp with time zone',
    ],
  },
  sql: (schema) => `
create table if not exists ${schema}.system_backup_audit (
  -- Counted in the head: without gaps.
  id bigint primary key,
  -- JSON in ASCII, over exactly whose characters the hash is; what follows the hashes is said in it too.
  content text not null,
  previous bytea not null,
  hash bytea not null,
  at timestamptz not null,
  actor text not null,
  operation text not null,
  -- Of an outcome: what was asked.
  call_id bigint
);
create index if not exists system_backup_audit_call on ${schema}.system_backup_audit (call_id) where call_id is not null;
comment on table ${schema}.system_backup_audit is
  'Holdfast: who has changed, opened or downloaded something. Rows are added only; each has the hash of the one before.';

create table if not exists ${schema}.system_backup_audit_head (
  chain uuid primary key,
  id bigint not null,
  previous bytea not null,
  hash bytea not null,
  at timestamptz not null
);
${auditHeadSql(schema)}
comment on table ${schema}.system_backup_audit_head is
  'Holdfast: the last row of the audit, and its hash. Who adds a row changes this one, one after the other.';
`,
};
