import * as fs from 'node:fs/promises';

/** What can happen to an object of a store. @param other another object of it */
type Harm = (file: string, other: string) => Promise<void>;

export const harms: Record<string, Harm> = {
  async flip(file) {
    const bytes = await fs.readFile(file);
    bytes[bytes.length >> 1]! ^= 0x10;
    await fs.writeFile(file, bytes);
  },
  async truncate(file) {
    await fs.truncate(file, Math.floor((await fs.stat(file)).size / 2));
  },
  delete: (file) => fs.rm(file),
  async swap(file, other) {
    await fs.copyFile(other, file);
  },
};
