import type { BackupApi, Channel } from '../../api/contract.ts';
import { outcomeSentence } from '../../contract/channel-words.ts';
import { localTime } from '../terminal/units.ts';
import { ok, warn, type Check } from './check.ts';

const reachLimitMs = 5_000;

/**
 * Whether anybody would hear of trouble.
 * @param send sends each a message; without, only its host is reached
 */
export async function checkChannels(api: BackupApi, send: boolean): Promise<Check[]> {
  const enabled = (await api.listChannels()).filter((channel) => channel.enabled);
  if (enabled.length === 0) {
    return [
      warn(
        'channels',
        'None is enabled: a backup that fails is told to no one.',
        'Add one: holdfast channel add on-call https://… — or have /metrics watched (docs/METRICS.md).',
      ),
    ];
  }
  return Promise.all(enabled.map((channel) => (send ? sendTo(api, channel) : look(channel))));
}

async function sendTo(api: BackupApi, { id, name, kind }: Channel): Promise<Check> {
  const { test } = await api.testChannel(id);
  const title = titleOf(name);
  if (test.delivered) return ok(title, `took a message in ${test.tookMs} ms`);
  return warn(title, outcomeSentence(test, kind), changeHint(name));
}

async function look({ name, kind, address, failingSince, lastProblem, waiting }: Channel): Promise<Check> {
  const title = titleOf(name);
  if (failingSince !== null) {
    const why = lastProblem === null ? '' : ` ${lastProblem.message}`;
    const wait = waiting === 0 ? '' : ` Waiting messages: ${waiting}.`;
    return warn(
      title,
      `It has taken nothing since ${localTime(failingSince)}.${why}${wait}`,
      changeHint(name),
    );
  }
  // As it is shown, without secrets; the recipients of mail stand behind a space.
  const url = new URL(address.split(' ')[0]!);
  const { reach } = await import('../../channel/reach.ts');
  const found = await reach(url, AbortSignal.timeout(reachLimitMs));
  if (found.problem === null) {
    return ok(title, `${url.host} takes connections; nothing was sent (--send sends a message)`);
  }
  return warn(title, outcomeSentence(found, kind), changeHint(name));
}

function titleOf(name: string): string {
  return `channel ${name}`;
}

function changeHint(name: string): string {
  return `Correct the address or the receiver (holdfast channel change ${name} --help), then try it: holdfast channel test ${name}`;
}
