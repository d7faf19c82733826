import { z } from 'zod';
import { scopes, type Scope } from './scopes.ts';
import { setting } from './setting.ts';

/** Only those with a key that the issuer alone has. `none` and HS256, whose key everyone with the public key would have, are no choice. */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;
export type OidcAlgorithm = (typeof algorithms)[number];

const claimName = z.string().min(1).max(200);
const audience = z.string().min(1).max(500);
const claimValue = z.string().min(1).max(500);
const scopeRule = z.record(claimValue, z.array(z.enum(scopes)).min(1).max(scopes.length));
/** `backup-admins=admin`: the last = counts, since names of directories contain it. */
const scopeRuleText = z
  .string()
  .regex(/^.+=[a-z+]+$/, 'must be VALUE=SCOPE or VALUE=SCOPE+SCOPE')
  .transform((text) => {
    const end = text.lastIndexOf('=');
    return [text.slice(0, end).trim(), text.slice(end + 1).split('+')] as const;
  });
const scopeRules = z.union([
  scopeRule.refine((rule) => Object.keys(rule).length > 0, 'must have a value'),
  z
    .array(scopeRuleText)
    .min(1)
    .transform((rules) => Object.fromEntries(rules))
    .pipe(scopeRule),
]);

/** Whether an address reaches this machine and nothing else. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

const issuer = z
  .string()
  .max(500)
  .refine((text) => {
    const url = URL.parse(text);
    if (url === null || url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '')
      return false;
    return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url));
  }, 'must be an address that begins with https://, as the issuer writes it in its tokens');

/** Sign-in with the tokens of an identity provider. */
export const oidcSettings = z
  .strictObject({
    issuer: setting(issuer, {
      variable: 'HOLDFAST_OIDC_ISSUER',
      as: 'text',
      meaning:
        'identity provider whose tokens (OIDC, JWT) are accepted, as it is called in their `iss`; see [Sign-in with an identity provider](#sign-in-with-an-identity-provider)',
    }),
    audience: setting(z.union([audience, z.array(audience).min(1).max(20)]), {
      variable: 'HOLDFAST_OIDC_AUDIENCE',
      as: 'list',
      meaning: 'what must be in `aud` of its tokens: the name that Holdfast has there; several in a list',
    }),
    scopesClaim: setting(claimName.default('groups'), {
      variable: 'HOLDFAST_OIDC_SCOPES_CLAIM',
      as: 'text',
      meaning:
        'claim whose values give scopes: `groups`, `roles`, `scope`, or a path such as `realm_access.roles`',
    }),
    scopes: setting(scopeRules, {
      variable: 'HOLDFAST_OIDC_SCOPES',
      as: 'list',
      meaning:
        'which value of it gives which scopes: `{"backup-admins": ["admin"]}`, in the variable `backup-admins=admin,oncall=restore+backup`. Without a matching value nothing is allowed',
    }),
    actorClaim: setting(claimName.optional(), {
      variable: 'HOLDFAST_OIDC_ACTOR_CLAIM',
      as: 'text',
      otherwise: '`email`, else `sub`',
      meaning: 'claim that names a person in the audit and the lists',
    }),
    algorithms: setting(
      z
        .array(z.enum(algorithms))
        .min(1)
        .default([...algorithms]),
      {
        variable: 'HOLDFAST_OIDC_ALGORITHMS',
        as: 'list',
        meaning:
          'algorithms of signatures that are accepted: only such as have a private key, never `none` or `HS256`',
      },
    ),
    clientId: setting(z.string().min(1).max(500).optional(), {
      variable: 'HOLDFAST_OIDC_CLIENT_ID',
      as: 'text',
      otherwise: 'no such button',
      meaning:
        'name that Holdfast has at the provider as a program: with it the page has a button that signs in there',
    }),
    clientSecret: setting(z.string().min(1).max(2_000).optional(), {
      variable: 'HOLDFAST_OIDC_CLIENT_SECRET',
      secret: true,
      as: 'text',
      otherwise: 'a program without a secret (PKCE alone)',
      meaning: 'secret of that program',
    }),
    clientScopes: setting(
      z
        .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/))
        .min(1)
        .max(50)
        .default(['openid', 'email', 'profile']),
      {
        variable: 'HOLDFAST_OIDC_CLIENT_SCOPES',
        as: 'list',
        meaning:
          'what the button asks the provider for; many give `groups` or `roles` only to one who asks for them',
      },
    ),
    clockToleranceSeconds: setting(z.number().int().min(0).max(300).default(30), {
      variable: 'HOLDFAST_OIDC_CLOCK_TOLERANCE_SECONDS',
      as: 'number',
      meaning: "how far the issuer's clock may be from ours, in seconds",
    }),
  })
  .optional();

/** Which tokens of which issuer sign in, and what they may do. Validated, with its defaults. */
export type OidcRule = NonNullable<z.output<typeof oidcSettings>>;

/** Sign-in with the tokens (OIDC, JWT) of an identity provider. See docs/OPERATIONS.md. */
export interface OidcOptions {
  /** As it is called in `iss` of its tokens: `https://login.example.com/realms/company`. Its keys are found from there. */
  issuer: string;
  /** What must be in `aud` of its tokens: the name that Holdfast has there. */
  audience: string | string[];
  /** The claim whose values give scopes. A path with dots where no claim has the whole name. Default `groups`. */
  scopesClaim?: string;
  /** Which value of that claim gives which scopes: `{ 'backup-admins': ['admin'] }`. Without a matching value nothing is allowed. */
  scopes: Record<string, Scope[]> | string[];
  /** The claim that names a person in the audit and the lists. Default: `email`, if the issuer has verified it, else `sub`. */
  actorClaim?: string;
  /** Algorithms of signatures that are accepted. Default: all with a private key that JWT has, RS256 and ES256 among them. */
  algorithms?: OidcAlgorithm[];
  /** The name that Holdfast has at the provider as a program: with it the page has a button that signs in there. Default: no button. */
  clientId?: string;
  /** The secret of that program. Default: it has none, and PKCE alone protects the sign-in. */
  clientSecret?: string;
  /** What the button asks the provider for. Default `openid`, `email` and `profile`. */
  clientScopes?: string[];
  /** How far the issuer's clock may be from ours, in seconds. Default 30. */
  clockToleranceSeconds?: number;
}
