import { auditPage, auditProof, auditQueryText } from '../audit.ts';
import { route } from '../route.ts';

export const readAudit = route({
  method: 'GET',
  path: '/audit',
  summary: 'Who has changed, opened or downloaded something, from where, and what came of it',
  query: auditQueryText,
  answers: { 200: { description: 'The calls, newest first', schema: auditPage } },
});

export const verifyAudit = route({
  method: 'GET',
  path: '/audit/verify',
  summary: 'Whether no row of the audit was removed, changed or moved',
  description:
    'Computes the hash of each row again, and looks in the chain for the heads that the manifests of the backups name.',
  answers: { 200: { description: 'What was found', schema: auditProof } },
});
