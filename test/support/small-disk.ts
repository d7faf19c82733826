import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';

function mount(...args: string[]): boolean {
  return spawnSync('mount', args, { stdio: 'ignore' }).status === 0;
}

const canMount = ((): boolean => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const { mkdtempSync, rmdirSync } = process.getBuiltinModule('node:fs');
  const folder = mkdtempSync(path.join(os.tmpdir(), 'holdfast-mount-'));
  const mounted = mount('-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder);
  if (mounted) spawnSync('umount', [folder]);
  rmdirSync(folder);
  return mounted;
})();

/** For `test(…, { skip })`: why there can be no small disk here, or false. */
export const withoutSmallDisk: string | false =
  !canMount && 'this user may not mount: full and unmounted disks are NOT TESTED here';

export interface SmallDisk {
  folder: string;
  unmount(): void;
  mount(): void;
  readOnly(): void;
}

/** A disk, which goes after the test. @param size as mount takes it, by default 2 MiB */
export async function smallDisk(t: TestContext, size = '2m'): Promise<SmallDisk> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'holdfast-disk-'));
  const run = (done: boolean): void => {
    if (!done) throw new Error('mount or umount has failed');
  };
  const disk: SmallDisk = {
    folder,
    mount: () => run(mount('-t', 'tmpfs', '-o', `size=${size},mode=777`, 'tmpfs', folder)),
    readOnly: () => run(mount('-o', 'remount,ro', folder)),
    unmount: () => run(spawnSync('umount', [folder]).status === 0),
  };
  disk.mount();
  t.after(async () => {
    spawnSync('umount', [folder]);
    await fs.rm(folder, { recursive: true, force: true });
  });
  return disk;
}
