import type { ApiToken } from '../data/client.ts';

type Scope = ApiToken['scopes'][number];

export const scopeTitles: Record<Scope, string> = {
  read: 'read',
  point: 'take points',
  backup: 'back up',
  restore: 'restore',
  admin: 'everything',
};
