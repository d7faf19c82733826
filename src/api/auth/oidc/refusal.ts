/** Why a token of an issuer is refused; clauses. */
const reasons = {
  algorithm: 'its algorithm is not among those that are accepted here',
  audience: 'it is meant for another audience',
  bound: 'it is bound to a key, which cannot be proved here',
  early: 'it is not valid yet',
  endless: 'it does not say when it expires',
  expired: 'it has expired',
  issuer: 'another issuer has made it',
  key: 'the issuer has no key that fits it',
  long: 'it is longer than 12 000 characters',
  malformed: 'it is no token of a form that is known here',
  nonce: 'it is not of this sign-in',
  signature: 'its signature is wrong',
  subject: 'it does not say whose it is',
  type: 'it is a token of another kind',
} as const;
export type Reason = keyof typeof reasons;

/** Of a token that proves nothing. */
export class Refusal extends Error {
  readonly reason: Reason;
  constructor(reason: Reason) {
    super(reasons[reason]);
    this.reason = reason;
  }
}
