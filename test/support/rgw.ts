import { after } from 'node:test';
import { startRgw, type Rgw } from './rgw-server.ts';

export { withoutRgw } from './rgw-server.ts';

let starting: Promise<Rgw> | undefined;

/** One for a test file, ended after it. */
export function sharedRgw(): Promise<Rgw> {
  starting ??= startRgw();
  return starting;
}

after(async () => {
  const rgw = await starting?.catch(() => undefined);
  await rgw?.stop();
});
