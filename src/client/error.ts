import type { ErrorBody, ErrorCode } from '../base/errors.ts';

/** Codes of the client itself, for what never became an answer of the API. */
export type ClientErrorCode = 'UNREACHABLE' | 'UNEXPECTED_ANSWER';

/** Why a call failed: what the server answered, or why there was no answer. */
export class ApiError extends Error {
  readonly code: ErrorCode | ClientErrorCode;
  /** A short title. */
  readonly title: string;
  readonly hint: string | undefined;
  readonly details: Record<string, unknown> | undefined;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;

  constructor(
    status: number,
    body: Omit<ErrorBody, 'code'> & { code: ErrorCode | ClientErrorCode },
    cause?: unknown,
  ) {
    super(body.message, cause === undefined ? undefined : { cause });
    this.name = 'ApiError';
    this.status = status;
    this.code = body.code;
    this.title = body.error;
    this.hint = body.hint;
    this.details = body.details;
  }
}

/** The answer to a failed call as an error. A proxy in between may have answered in another form. */
export async function errorOf(response: Response): Promise<ApiError> {
  const body = (await response.json().catch(() => null)) as
    | (Partial<ErrorBody> & {
        action_required?: string;
      })
    | null;
  const { status } = response;
  if (body?.action_required === 'init_backup_tables') {
    return new ApiError(status, {
      code: 'NOT_INITIALIZED',
      error: body.error ?? 'Backup system not initialized',
      message: body.message ?? '',
    });
  }
  if (typeof body?.code === 'string' && typeof body.message === 'string') {
    return new ApiError(status, body as ErrorBody);
  }
  return unexpectedAnswer(`The server answered ${status} ${response.statusText}`.trimEnd(), status);
}

/** An answer that Holdfast does not give. */
export function unexpectedAnswer(message: string, status = 200): ApiError {
  return new ApiError(status, {
    code: 'UNEXPECTED_ANSWER',
    error: 'Unexpected answer',
    message,
    hint: 'What answered is probably not Holdfast but something in front of it.',
  });
}

export function unreachable(cause: unknown): ApiError {
  return new ApiError(
    0,
    {
      code: 'UNREACHABLE',
      error: 'The server does not answer',
      message: 'The server cannot be reached.',
      hint: 'Check that it is running and that you are online.',
    },
    cause,
  );
}
