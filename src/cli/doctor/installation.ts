import type { BackupApi } from '../../api/contract.ts';
import type { Config, ConfigOptions } from '../../options.ts';
import { asHoldfastError, notSetUp } from '../terminal/output.ts';
import { checkBackups } from './backups.ts';
import { checkChannels } from './channels.ts';
import { fail, type Check } from './check.ts';
import type { DoctorOptions } from './examine.ts';
import { checkFourEyes } from './four-eyes.ts';
import { checkHealth } from './health.ts';
import { checkStoreRoom } from './room.ts';
import { checkSchedules } from './schedules.ts';
import { checkSeveral } from './several.ts';
import { checkContents } from './stores.ts';

/** What the catalog knows: whether our tables are there, and what is in the way of what they order. */
export async function checkInstallation(
  api: BackupApi,
  config: Config,
  given: ConfigOptions,
  { send = false }: DoctorOptions,
): Promise<Check[]> {
  try {
    const status = await api.status();
    if (!status.initialized) {
      return [fail('tables', 'NOT_INITIALIZED', notSetUp, 'Run: holdfast init')];
    }
    return [
      ...(await checkBackups(api, status)),
      ...checkHealth(status),
      ...(await checkSchedules(api, status)),
      ...(await checkSeveral(api)),
      ...(await checkChannels(api, send)),
      ...(await checkFourEyes(api, given)),
      ...(await checkContents(config.stores, api)),
      ...(await checkStoreRoom(config.stores, status.lastCompleted?.storedBytes ?? 0)),
    ];
  } catch (thrown) {
    const error = asHoldfastError(thrown);
    return [fail('tables', error.code, error.message, error.hint)];
  }
}
