import { silentLogger } from '../../base/logger.ts';
import type { OidcRule } from '../../contract/oidc-settings.ts';
import { asHoldfastError } from '../terminal/output.ts';
import { ok, warn, type Check } from './check.ts';

/** Whether the keys of the identity provider can be read, without which none of its tokens opens anything. */
export async function checkIssuer(oidc: Pick<OidcRule, 'issuer'> | undefined): Promise<Check> {
  const name = 'identity provider';
  if (oidc === undefined) return ok(name, 'none is configured');
  try {
    // With it comes jose, which no other command needs.
    const { issuerKeys } = await import('../../api/auth/oidc/issuer-keys.ts');
    await issuerKeys(oidc.issuer, silentLogger).current();
    return ok(name, `the keys of ${oidc.issuer} can be read`);
  } catch (thrown) {
    const error = asHoldfastError(thrown);
    return warn(
      name,
      `${error.message} Nobody signs in with its tokens.`,
      `Correct HOLDFAST_OIDC_ISSUER (auth.oidc.issuer): it must be what its tokens say in iss, and answer over HTTPS from here. Tokens of Holdfast work meanwhile.`,
    );
  }
}
