/** How much of a backup is read again, in words. Pure. */
import type { Verification } from '../../../src/contract/shapes.ts';

export type ProofLevel = Verification['level'] | 'drill';

export const levelNames: Record<ProofLevel, string> = {
  presence: 'Presence',
  checksum: 'Checksum',
  content: 'Content',
  drill: 'Drill',
};

/** What each proves, and what it takes. */
export const levelProofs: Record<ProofLevel, string> = {
  presence: 'Everything is there with its size. Reads nothing of it, and takes seconds.',
  checksum: 'The stored bytes are those that were written. Unpacks nothing, and needs no key.',
  content: 'Every chunk unpacks to what its name says, and every table has its rows.',
  drill: 'It is restored into a scratch database and compared: the whole proof.',
};
