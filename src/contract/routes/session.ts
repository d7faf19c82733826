import { route } from '../route.ts';
import { sessionAnswer, sessionBody, signedInBody, signInAnswer, signInBody } from '../session.ts';

export const readSession = route({
  method: 'GET',
  path: '/session',
  summary: 'Whether the caller is an admin, and how that is known',
  scope: 'open',
  needsTables: false,
  answers: { 200: { description: 'Also for a caller who is not', schema: sessionAnswer } },
});

export const signIn = route({
  method: 'POST',
  path: '/session',
  summary: 'Sign in with a token: sets a session cookie',
  description: 'For browsers. Calls that change something then also need the header X-Holdfast-CSRF.',
  scope: 'open',
  needsTables: false,
  body: sessionBody,
  answers: { 200: { description: 'Signed in', schema: sessionAnswer } },
});

export const signOut = route({
  method: 'DELETE',
  path: '/session',
  summary: 'Sign out: ends the session, also for a copy of its cookie',
  scope: 'open',
  needsTables: false,
  answers: { 200: { description: 'Signed out', schema: sessionAnswer } },
});

export const startSignIn = route({
  method: 'POST',
  path: '/sign-in',
  summary: 'Begin a sign-in at the identity provider (OIDC)',
  description: 'For browsers. Sets a cookie that the return must fit, and answers where the browser goes.',
  scope: 'open',
  needsTables: false,
  body: signInBody,
  bodyRequired: true,
  answers: { 200: { description: 'Begun', schema: signInAnswer } },
});

export const finishSignIn = route({
  method: 'POST',
  path: '/signed-in',
  summary: 'Finish a sign-in at the identity provider: sets a session cookie',
  description: 'For browsers that come back from there, with what it has added to the address.',
  scope: 'open',
  needsTables: false,
  body: signedInBody,
  bodyRequired: true,
  answers: { 200: { description: 'Signed in', schema: sessionAnswer } },
});
