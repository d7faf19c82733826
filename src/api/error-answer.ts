import { HoldfastError } from '../base/errors.ts';
import { redact } from '../base/redaction.ts';
import { redactedBody } from '../base/redacted-body.ts';
import { stackOf } from '../base/stack.ts';
import { databaseFailure } from '../postgres/failure.ts';
import { challenge } from './auth/auth.ts';
import type { NeededScope } from '../contract/scopes.ts';
import type { Caller } from './auth/caller.ts';
import type { ApiConfig } from './config.ts';
import { json } from './endpoint.ts';
import { notInitializedAnswer } from './initialized.ts';

/** Any error as the answer the contract fixes for it. */
export function errorAnswer(error: unknown, request: Request, config: ApiConfig): Response {
  const failure = databaseFailure(error);
  // A caller that has gone is no fault of ours.
  if (failure.code === 'INTERNAL' && !(request.signal.aborted && error === request.signal.reason)) {
    config.logger.log('error', `internal error: ${redact(failure.message)}`, {
      stack: redact(stackOf(error)),
    });
  }
  const status = failure.definition.status;
  if (failure.code === 'NOT_INITIALIZED') return json(notInitializedAnswer(config.basePath), status);
  const headers: Record<string, string> = {};
  if (failure.code === 'UNAUTHORIZED') headers['WWW-Authenticate'] = challenge(request);
  if (status === 429) headers['Retry-After'] = String(failure.details?.['retryAfterSeconds']);
  if (failure.code === 'METHOD_NOT_ALLOWED') headers['Allow'] = String(failure.details?.['allow']);
  return json(redactedBody(failure), status, headers);
}

export function methodNotAllowed(method: string, path: string, allow: string): HoldfastError {
  return new HoldfastError('METHOD_NOT_ALLOWED', `${path} does not take ${method}.`, { details: { allow } });
}

export function noSuchAddress(path: string, { basePath }: Pick<ApiConfig, 'basePath'>): HoldfastError {
  const message = `There is nothing at ${path}.`;
  if (path.startsWith(`${basePath}/`)) return new HoldfastError('NOT_FOUND', message);
  return new HoldfastError('NOT_FOUND', message, {
    hint:
      `Holdfast answers under ${basePath} here. Mount it there with the whole address of the request, or set basePath ` +
      '(HOLDFAST_BASE_PATH) to where it is mounted.',
    details: { basePath },
  });
}

/** @param needed the scope that the call needs */
export function notAllowed({ kind, scopes }: Caller, needed: NeededScope): HoldfastError {
  const has = scopes.length === 0 ? 'none' : scopes.join(', ');
  return new HoldfastError('FORBIDDEN', `This call needs the scope "${needed}"; the caller has ${has}.`, {
    details: { scope: needed, scopes },
    ...(kind === 'oidc' || kind === 'oidc-session'
      ? {
          hint: 'auth.oidc.scopes (HOLDFAST_OIDC_SCOPES) says which scopes a token of the identity provider gives.',
        }
      : {}),
  });
}
