import { localTime } from '../terminal/units.ts';
import { describeTaken } from '../describe/stores.ts';
import type { Answer, Invocation } from '../invocation.ts';
import { withApi } from '../system.ts';
import { confirmTyped } from '../terminal/confirm.ts';
import { printable } from '../terminal/text.ts';

/** @param named the one that backups are written to without */
export async function takeStore(
  invocation: Invocation,
  named: string | undefined,
  confirmed: boolean,
): Promise<Answer> {
  return await withApi(invocation, async (api) => {
    let name = named;
    if (name === undefined || !confirmed) {
      const { stores } = await api.listStores();
      name ??= stores.find(({ role }) => role === 'written')!.name;
      const store = stores.find((each) => each.name === name);
      if (store && !confirmed) {
        const last = store.writer
          ? ` The last to write to it was on ${printable(store.writer.host)}, at ${localTime(store.writer.at)}.`
          : '';
        const message = `Take over the store ${name} at ${printable(store.address)}?${last}\nAn installation that still writes to it will be refused.`;
        await confirmTyped(invocation, { message, expected: name });
      }
    }
    const answer = await api.takeStore(name);
    return { document: answer, text: describeTaken(answer) };
  });
}
