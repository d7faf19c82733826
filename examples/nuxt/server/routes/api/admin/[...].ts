import { toNodeHandler } from 'holdfast/node';
import { backups } from '../../../utils/backups';

export default fromNodeMiddleware(toNodeHandler(backups));
