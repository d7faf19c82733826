import { z } from 'zod';
import { oidcSettings } from './oidc-settings.ts';
import { setting } from './setting.ts';

// Printable ASCII: what an Authorization header can carry.
const token = z
  .string()
  .min(16)
  .regex(/^[\x21-\x7e]+$/, 'must consist of printable ASCII characters without spaces');
const callback = z.custom<(...values: never[]) => unknown>(
  (value) => typeof value === 'function',
  'must be a function',
);
const origin = z
  .string()
  .transform((text) => URL.parse(text))
  .refine(
    (url) => url !== null && url.origin !== 'null' && url.pathname === '/',
    'must be an origin such as https://app.example.com',
  )
  .transform((url) => url!.origin);

/** Who may use the system. */
export const authSettings = z.strictObject({
  token: setting(z.union([token, z.array(token).min(1)]).optional(), {
    variable: 'HOLDFAST_TOKEN',
    secret: true,
    as: 'list',
    meaning: 'admin tokens of at least 16 characters; in the variable, separated by commas',
  }),
  authorize: setting(callback.optional(), {
    meaning: "the application's own check of a request; with a token as well, either one suffices",
  }),
  oidc: oidcSettings,
  allowedOrigins: setting(z.array(origin).default([]), {
    variable: 'HOLDFAST_ALLOWED_ORIGINS',
    as: 'list',
    meaning:
      'origins that browsers use for the page, if a proxy changes the `Host` header; in the variable, separated by commas',
  }),
  sessionHours: setting(
    z
      .number()
      .min(0.01)
      .max(24 * 365)
      .default(12),
    {
      variable: 'HOLDFAST_SESSION_HOURS',
      as: 'number',
      meaning: 'how long a sign-in to the admin page lasts, in hours; the variable takes whole numbers',
    },
  ),
});
