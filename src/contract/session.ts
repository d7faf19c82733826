import { z } from 'zod';
import { timestamp } from './fields.ts';
import { schemaNames } from './names.ts';
import { scope } from './token.ts';

/** Of a token of an identity provider, so that the cookies of a sign-in fit into the headers of a request. */
export const longestJwt = 12_000;

/** `POST /session` */
export const sessionBody = z
  .strictObject({
    token: z.string().min(1).max(longestJwt).meta({
      description: 'An admin token, one of the API, or one of the identity provider (OIDC)',
    }),
  })
  .register(schemaNames, { id: 'SessionBody' });
export type SessionBody = z.input<typeof sessionBody>;

const redirectUri = z.string().min(1).max(2_000).meta({
  description:
    'The address of the page, without query and fragment, where the identity provider sends the browser back; registered there',
});

/** `POST /sign-in` */
export const signInBody = z.strictObject({ redirectUri }).register(schemaNames, { id: 'SignInBody' });
export type SignInBody = z.input<typeof signInBody>;

export const signInAnswer = z
  .object({ url: z.string().meta({ description: 'Where the browser goes' }) })
  .register(schemaNames, { id: 'SignIn' });
export type SignInAnswer = z.infer<typeof signInAnswer>;

/** `POST /signed-in` */
export const signedInBody = z
  .strictObject({
    redirectUri,
    code: z
      .string()
      .min(1)
      .max(8_000)
      .meta({ description: 'As the identity provider has added it to the address' }),
    state: z.string().min(1).max(500).meta({ description: 'The same' }),
    iss: z.string().max(500).optional().meta({ description: 'The same, where it was added' }),
  })
  .register(schemaNames, { id: 'SignedInBody' });
export type SignedInBody = z.input<typeof signedInBody>;

/** Who the caller is, and how that is known. */
export const sessionAnswer = z
  .object({
    signedIn: z.boolean(),
    by: z.enum(['token-session', 'token', 'oidc-session', 'oidc', 'host']).nullable().meta({
      description:
        'The cookie of a sign-in here, a token in the Authorization header (oidc: one of the identity provider), or the application itself lets the request through',
    }),
    actor: z.string().nullable().meta({ description: 'Who that is; null where nobody is signed in' }),
    scopes: z.array(scope).meta({ description: 'What they may do' }),
    expiresAt: timestamp.nullable().meta({ description: 'When a sign-in here ends' }),
    csrfToken: z.string().nullable().meta({
      description: 'Calls that change something send it as X-Holdfast-CSRF; null where none is needed',
    }),
    providerSignIn: z.string().nullable().meta({
      description: 'The host of the identity provider, where POST /sign-in signs in there',
    }),
    tokenSignIn: z.boolean().meta({ description: 'Whether a token can sign in here at all' }),
  })
  .register(schemaNames, { id: 'Session' });
export type SessionAnswer = z.infer<typeof sessionAnswer>;
