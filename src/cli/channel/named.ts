import type { BackupApi, Channel } from '../../api/contract.ts';
import { HoldfastError } from '../../base/errors.ts';

/** A channel by its name. @throws CHANNEL_NOT_FOUND */
export async function channelNamed(api: BackupApi, name: string): Promise<Channel> {
  const found = (await api.listChannels()).find((channel) => channel.name === name);
  if (found) return found;
  throw new HoldfastError('CHANNEL_NOT_FOUND', `There is no channel ${name}.`, { details: { name } });
}
