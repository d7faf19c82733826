import type { ObjectVersion } from './objects.ts';

export interface ConditionalPlace {
  /** Puts where the condition holds: `null` for "does not exist". @returns undefined where it does not hold */
  put(condition: ObjectVersion | null): Promise<ObjectVersion | undefined>;
  /** Puts whatever is there. */
  putAnyway(): Promise<ObjectVersion>;
  /** The version that is there, `null` for none. */
  current(): Promise<ObjectVersion | null>;
  isNotImplemented(error: unknown): boolean;
  /** A version that no object has. */
  otherVersion: ObjectVersion;
}

export interface ProvedConditions {
  /** False once the place has shown that it does not keep to a condition. */
  readonly hold: boolean;
  put(expected: ObjectVersion | null, place: ConditionalPlace): Promise<ObjectVersion | undefined>;
}

type Kind = 'creation' | 'change';

/**
 * Conditional puts of a place that may not know conditions. Some servers refuse them, and some take them and write all the same.
 * So the first put of each kind (creation, change) is made with a look beforehand, and then once more, with a condition that
 * does not hold and the same content: a server that refuses this, and only this, keeps to conditions.
 */
export function provedConditions(): ProvedConditions {
  const keeps = new Map<Kind, boolean>();

  const prove = async (
    kind: Kind,
    expected: ObjectVersion | null,
    place: ConditionalPlace,
  ): Promise<ObjectVersion | undefined> => {
    if ((await place.current()) !== expected) return undefined;
    const version = await place.put(expected);
    if (version === undefined) {
      // Another writer came in between; or the condition is refused although it holds, as Ceph does where old versions are kept.
      if ((await place.current()) !== expected) return undefined;
      keeps.set(kind, false);
      return compareAndPut(expected, place);
    }
    const again = await place.put(expected === null ? null : place.otherVersion);
    keeps.set(kind, again === undefined);
    if (again === undefined) return version;
    return (await place.current()) === again ? again : undefined;
  };

  return {
    get hold() {
      return ![...keeps.values()].includes(false);
    },
    async put(expected, place) {
      const kind = expected === null ? 'creation' : 'change';
      if (keeps.get(kind) === false) return compareAndPut(expected, place);
      try {
        return await (keeps.get(kind) ? place.put(expected) : prove(kind, expected, place));
      } catch (error) {
        if (!place.isNotImplemented(error)) throw error;
        keeps.set(kind, false);
        return compareAndPut(expected, place);
      }
    },
  };
}

/** Who wrote last has won; the others find another version than theirs. */
async function compareAndPut(
  expected: ObjectVersion | null,
  place: ConditionalPlace,
): Promise<ObjectVersion | undefined> {
  if ((await place.current()) !== expected) return undefined;
  const version = await place.putAnyway();
  return (await place.current()) === version ? version : undefined;
}
