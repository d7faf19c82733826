import { HoldfastError, type ErrorCode } from '../../base/errors.ts';
import { lostList } from '../../contract/verification-words.ts';
import type { VerificationLevel } from '../../contract/states.ts';
import type { Loss } from './lost-rows.ts';

/** One thing that is wrong with a backup. */
export interface Damage {
  /** `schema.table`, or `large objects`; null where it is not known, which needs a key. */
  part: string | null;
  /** The chunk; null where a part has other rows than the manifest says. */
  chunk: string | null;
  problem: string;
}

/** How many damages, and places of lost rows, are named. */
const named = 100;

/** What a verification finds wrong, of many damages the first ones. */
export class DamageFound {
  readonly #level: VerificationLevel;
  readonly #damages: Damage[] = [];
  #worst: ErrorCode | undefined;
  chunks = 0;

  constructor(level: VerificationLevel) {
    this.#level = level;
  }

  note(code: ErrorCode, damage: Damage): void {
    if (damage.chunk !== null) this.chunks++;
    // What is not there is worse than what may be read in part.
    if (this.#worst !== 'CHUNK_MISSING') this.#worst = code;
    if (this.#damages.length < named) this.#damages.push(damage);
  }

  get any(): boolean {
    return this.#worst !== undefined;
  }

  /**
   * CHUNK_MISSING or CHUNK_CORRUPT.
   * @param looked how many chunks were looked at
   * @param loss null where nobody can say without a key what the chunks hold
   */
  error(looked: number, loss: Loss | null): HoldfastError {
    const names = loss?.names ?? [];
    const lost = loss?.lost ?? [];
    const rows = lost.length === 0 ? '' : ` Lost, at most: ${lostList(lost)}.`;
    const { chunks } = this;
    const what =
      loss === null
        ? 'which rows they hold only the recovery key tells'
        : names.length === 0
          ? 'the backup cannot be restored whole'
          : `what they hold of ${listed(names)} cannot be restored`;
    const message =
      chunks > 0
        ? `${chunks} of ${looked} chunks are missing or damaged; ${what}.`
        : `The chunks of ${listed(names)} are whole, but hold other rows than the manifest says; they cannot be restored.`;
    return new HoldfastError(this.#worst ?? 'CHUNK_CORRUPT', message + rows, {
      details: {
        level: this.#level,
        damagedChunks: chunks,
        chunks: looked,
        tables: names,
        lost: lost.slice(0, named),
        damages: this.#damages,
      },
    });
  }
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
