import { backups } from '../../../../lib/backups';

const handle = (request: Request): Promise<Response> => backups().fetch(request);
export { handle as GET, handle as HEAD, handle as POST, handle as DELETE, handle as OPTIONS };
export const dynamic = 'force-dynamic';
