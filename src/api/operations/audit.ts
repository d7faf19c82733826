import type { AuditRecord } from '../../catalog/audit.ts';
import { auditQuery, type AuditEntry } from '../../contract/audit.ts';
import * as routes from '../../contract/routes/audit.ts';
import { nextCursor, readCursor } from '../cursor.ts';
import { endpoint, ok } from '../endpoint.ts';
import { operation } from '../operation.ts';

export const listAudit = operation({
  name: 'listAudit',
  takes: [auditQuery.prefault({})],
  async run({ catalog }, { limit, cursor, actor = null, operation: name = null, since = null }) {
    const page = await catalog.audit.list(
      { actor, operation: name, since },
      { limit, before: readCursor(cursor) },
    );
    return { entries: page.rows.map(presentEntry), total: page.total, ...nextCursor(page) };
  },
  endpoints: [endpoint(routes.readAudit, async ({ api, query }) => ok(await api.listAudit(query)))],
});

export const verifyAudit = operation({
  name: 'verifyAudit',
  takes: [],
  run: ({ jobs }) => jobs.verifyAudit(),
  endpoints: [endpoint(routes.verifyAudit, async ({ api }) => ok(await api.verifyAudit()))],
});

/** What a row says. Whether that is what was written, `verifyAudit` finds out. */
function presentEntry({ id, content, hash, ending }: AuditRecord): AuditEntry {
  const { at, outcome, ...call } = JSON.parse(content) as Omit<AuditEntry, 'id' | 'hash'>;
  const ended =
    ending === null ? undefined : (JSON.parse(ending) as { at: string } & Pick<AuditEntry, 'outcome'>);
  const said = ended ?? { at, outcome };
  return {
    // Rows of earlier versions do not have it.
    ...call,
    subject: call.subject ?? null,
    id,
    at,
    outcome: said.outcome ? { ...said.outcome, at: said.at } : null,
    hash: hash.toString('hex'),
  };
}
