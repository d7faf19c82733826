/**
 * What a store says of itself, `holdfast.json`: who it is, to which public key it is sealed and whose signatures count in it.
 * Someone who can write to the store can replace it, so it is signed, and checked against what the reader has elsewhere.
 */
import { z } from 'zod';
import { HoldfastError } from '../../base/errors.ts';
import type { SigningKey } from './keys.ts';
import {
  isSignedBy,
  keyOfText,
  keyText,
  signature,
  signText,
  verificationKey,
  verifyText,
} from './signatures.ts';

const descriptionFormat = 'holdfast-store/1';
/** No description that we read is longer. */
const textLengthMax = 256 * 1024;

const storeFacts = z.object({
  /** A text of another kind that the same key signed is no description. */
  kind: z.literal('holdfast store'),
  id: z.uuid(),
  created: z.iso.datetime(),
  sealed: z.boolean(),
  /** The store's public key, `age1…`; null in a plain store. */
  recipient: z.string().nullable(),
  /** Whose signatures count, the present key first; empty in a store without signatures. */
  verificationKeys: z.array(verificationKey),
});
export type StoreFacts = z.infer<typeof storeFacts>;

const handOver = z.object({
  kind: z.literal('holdfast hand-over'),
  /** Id of the store. */
  store: z.uuid(),
  from: verificationKey,
  to: verificationKey,
  at: z.iso.datetime(),
});

const signedText = z.object({ text: z.string(), signature });

const descriptionDocument = z.object({
  format: z.literal(descriptionFormat),
  /** JSON of StoreFacts: a text, because it is signed as it is. */
  facts: z.string(),
  signature: signature.optional(),
  /** Each says that the key which signed it is followed by another. */
  handOvers: z.array(signedText).default([]),
});

export interface StoreDescription {
  facts: StoreFacts;
  /** The key that signed the facts; undefined where nothing is signed. */
  signer: Uint8Array | undefined;
  /** Proved to be signed by `from`. */
  handOvers: readonly z.infer<typeof handOver>[];
}

/** @param sign undefined for a store without signatures */
export function descriptionText(
  facts: StoreFacts,
  sign: SigningKey | undefined,
  handOvers: readonly z.infer<typeof signedText>[] = [],
): string {
  const text = JSON.stringify(facts);
  const document: z.infer<typeof descriptionDocument> = {
    format: descriptionFormat,
    facts: text,
    ...(sign ? { signature: signText(text, sign) } : {}),
    handOvers: [...handOvers],
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** The description of a store without encryption and signatures. */
export function plainDescription(id: string, created: string): string {
  const facts = { kind: 'holdfast store' as const, id, created, sealed: false, recipient: null };
  return descriptionText({ ...facts, verificationKeys: [] }, undefined);
}

/**
 * Reads a description that agrees with itself. Whether it is the right one, `checkTrusted` says.
 * @throws MANIFEST_INVALID for what is none, or of a later version; SIGNATURE_INVALID where it says that it is signed, and is not
 */
export function parseDescription(text: string): StoreDescription {
  const document = parsed(descriptionDocument, text);
  const facts = parsed(storeFacts, document.facts);
  if (facts.sealed !== (facts.recipient !== null))
    throw unreadable('sealed and recipient contradict each other');
  const accepted = facts.verificationKeys.map(keyOfText);
  if (facts.sealed && accepted.length === 0) throw unreadable('it names no key that signs in the store');
  const signer =
    accepted.length > 0 || document.signature
      ? verifyText(
          document.facts,
          document.signature,
          accepted,
          'the description of the store (holdfast.json)',
        )
      : undefined;
  const handOvers = document.handOvers.flatMap((each) => {
    const statement = parsed(handOver, each.text);
    const proved =
      statement.store === facts.id &&
      statement.from === each.signature.key &&
      isSignedBy(each.text, each.signature);
    // One that proves nothing may have been added to be in the way.
    return proved ? [statement] : [];
  });
  return { facts, signer, handOvers };
}

/**
 * Refuses a description that none of the trusted keys signed, nor one that a hand-over leads to from these.
 * @throws SIGNATURE_INVALID
 */
export function checkTrusted(
  { facts, signer, handOvers }: StoreDescription,
  trusted: readonly Uint8Array[],
): void {
  const right = new Set(trusted.map(keyText));
  // Sets visit what is added meanwhile.
  for (const key of right) for (const { from, to } of handOvers) if (from === key) right.add(to);
  if (signer && right.has(keyText(signer))) return;
  const by = signer ? 'signed by another key than those that you trust' : 'not signed';
  throw new HoldfastError(
    'SIGNATURE_INVALID',
    `The description of store ${facts.id} (holdfast.json) is ${by}: this is another store, or it was replaced.`,
    {
      hint: 'Check the address of the store and which keys were given. If both are right, find out who changed the store; do not restore from it, and do not write to it.',
      details: { store: facts.id },
    },
  );
}

/**
 * The description after its signing key has been replaced.
 * @param retire whether what the old key signed no longer counts, as when it was stolen: earlier backups too, then
 */
export function handedOver(
  text: string,
  from: SigningKey,
  to: SigningKey,
  { retire, at }: { retire: boolean; at: string },
): string {
  const { facts } = parseDescription(text);
  const { handOvers } = parsed(descriptionDocument, text);
  const statement: z.infer<typeof handOver> = {
    kind: 'holdfast hand-over',
    store: facts.id,
    from: keyText(from.publicKey),
    to: keyText(to.publicKey),
    at,
  };
  const said = JSON.stringify(statement);
  const kept = retire
    ? facts.verificationKeys.filter((key) => key !== statement.from)
    : facts.verificationKeys;
  return descriptionText({ ...facts, verificationKeys: [statement.to, ...kept] }, to, [
    ...handOvers,
    { text: said, signature: signText(said, from) },
  ]);
}

function parsed<T extends z.ZodType>(shape: T, text: string): z.infer<T> {
  let value: unknown;
  try {
    value = text.length <= textLengthMax ? JSON.parse(text) : undefined;
  } catch {
    value = undefined;
  }
  const format = (value as { format?: unknown } | null | undefined)?.format;
  if (typeof format === 'string' && format !== descriptionFormat) {
    throw unreadable(`it has a format that this version does not know; it knows ${descriptionFormat}`);
  }
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  throw unreadable(
    result.error.issues
      .slice(0, 3)
      .map(({ path, message }) => `${path.join('.')}: ${message}`)
      .join('; '),
  );
}

function unreadable(reason: string): HoldfastError {
  return new HoldfastError(
    'MANIFEST_INVALID',
    `The description of the store (holdfast.json) is damaged or not supported: ${reason}.`,
    {
      hint: 'Check the address of the store. Upgrade Holdfast if a later version made the store; else restore holdfast.json from a copy of the store.',
    },
  );
}
