import { backups } from '#lib/server/backups.ts';

export const fallback = ({ request }: { request: Request }): Promise<Response> => backups().fetch(request);
