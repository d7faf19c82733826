/**
 * The one error catalogue. HTTP status, exit code, the default hint and whether trying again can help
 * stand beside each code here and nowhere else; docs/ERRORS.md is generated from it and a test compares them.
 */

export interface ErrorDefinition {
  /** A short title, shown as `error` in an HTTP body. */
  readonly title: string;
  /** HTTP status of an answer that carries this error. */
  readonly status: number;
  /** Exit code of a CLI command that ends in this error. */
  readonly exitCode: number;
  /** Whether the same call may succeed later without anything being changed. */
  readonly retryable: boolean;
  /** What to do, where nothing more specific is known. */
  readonly hint: string;
}

function define(
  title: string,
  status: number,
  exitCode: number,
  retryable: boolean,
  hint: string,
): ErrorDefinition {
  return { title, status, exitCode, retryable, hint };
}

/*
 * Exit codes: 2 wrong use, 3 not found, 4 refused because of the state of things, 5 not authorised,
 * 6 the database cannot be reached or refuses, 7 damaged or missing backup data, 8 the run failed, 130 cancelled.
 */
export const errorCatalogue = {
  INVALID_REQUEST: define(
    'Invalid request',
    400,
    2,
    false,
    'Correct the fields named in details and send it again.',
  ),
  INVALID_CONFIGURATION: define(
    'Invalid configuration',
    500,
    2,
    false,
    'Correct the option named in the message and start again.',
  ),
  BODY_ALREADY_READ: define(
    'Request body already read',
    500,
    2,
    false,
    'Mount Holdfast where no parser of the framework reads the body before it. Fastify: removeAllContentTypeParsers() in the plugin that mounts it. NestJS: bodyParser: false. Express: before express.json(). Next.js: in a route handler, with the request as it came. docs: examples/frameworks.md.',
  ),
  BODY_TOO_LARGE: define(
    'Request body too large',
    413,
    2,
    false,
    'Send a smaller body; the limit stands in details.',
  ),
  UNSUPPORTED_MEDIA_TYPE: define(
    'Unsupported media type',
    415,
    2,
    false,
    'Send JSON with Content-Type: application/json.',
  ),
  UNAUTHORIZED: define(
    'Authentication required',
    401,
    5,
    false,
    'Send the admin token as Authorization: Bearer <token>.',
  ),
  FORBIDDEN: define('Not allowed', 403, 5, false, 'Ask for a token with the scope named in details.'),
  RATE_LIMITED: define(
    'Too many attempts',
    429,
    5,
    true,
    'Wait as many seconds as the Retry-After header says, then try again.',
  ),
  QUEUE_FULL: define(
    'Too many runs are waiting',
    429,
    4,
    true,
    'Wait until some have ended, or cancel those that nobody needs. maxQueued (HOLDFAST_MAX_QUEUED) is the limit.',
  ),
  TOO_MANY_DOWNLOADS: define(
    'Too many downloads at once',
    429,
    4,
    true,
    'Wait until one has ended, or raise maxDownloads (HOLDFAST_MAX_DOWNLOADS).',
  ),
  DOWNLOAD_STALLED: define(
    'The download was not read',
    408,
    8,
    true,
    'Start it again, with a reader that goes on reading; downloadIdleMs (HOLDFAST_DOWNLOAD_IDLE_MS) is how long it may pause.',
  ),
  NOT_FOUND: define('Not found', 404, 3, false, 'Check the address against /openapi.json.'),
  METHOD_NOT_ALLOWED: define(
    'Method not allowed',
    405,
    2,
    false,
    'Use one of the methods named in the Allow header.',
  ),
  BACKUP_NOT_FOUND: define('Backup not found', 404, 3, false, 'List the backups to see which ids exist.'),
  RESTORE_NOT_FOUND: define('Restore not found', 404, 3, false, 'List the restores to see which ids exist.'),
  VERIFICATION_NOT_FOUND: define(
    'Verification not found',
    404,
    3,
    false,
    'List the verifications to see which ids exist.',
  ),
  CLEANUP_NOT_FOUND: define(
    'Clean-up not found',
    404,
    3,
    false,
    'List the clean-ups to see which ids exist.',
  ),
  SCHEDULE_NOT_FOUND: define(
    'Schedule not found',
    404,
    3,
    false,
    'List the schedules to see which names exist; setting one makes it.',
  ),
  TABLES_NOT_FOUND: define(
    'Tables not found',
    422,
    3,
    false,
    'Check the names; they are schema.table, or table for schema public, and schema.* for a whole schema.',
  ),
  NOT_INITIALIZED: define(
    'Backup system not initialized',
    503,
    4,
    false,
    'Call POST init-backup-tables, or run: holdfast init',
  ),
  TABLES_NOT_OURS: define(
    "A table has the name of one of Holdfast's and is not",
    409,
    4,
    false,
    'Set HOLDFAST_SCHEMA (option schema) to a schema of its own, for example holdfast, and initialize again; or remove what the message names.',
  ),
  HOLDFAST_OUTDATED: define(
    'Holdfast is older than its tables',
    409,
    4,
    false,
    'Upgrade Holdfast here to the version that upgraded the tables, or a later one.',
  ),
  BACKUP_NOT_COMPLETE: define(
    'Backup is not complete',
    409,
    4,
    false,
    'Only a completed backup can be downloaded or restored; choose another.',
  ),
  BACKUP_IN_USE: define(
    'Backup is in use',
    409,
    4,
    true,
    'Wait until the restore or download that reads it has ended.',
  ),
  SCHEMA_DRIFT: define(
    'The live schema differs from the backup',
    409,
    4,
    false,
    'The differences stand in details. Bring the tables back to the shape of the backup, or restore into a new database.',
  ),
  OTHER_DATABASE: define(
    'The backup is of another database',
    409,
    4,
    false,
    'Is this the right database, and the right backup? After a move to another server, an upgrade by pg_upgrade, or in a copy of the database it is to be expected: then confirm it with allowOtherDatabase (--from-other-database).',
  ),
  ENCODING_NOT_SUPPORTED: define(
    'Text in an encoding that cannot be kept',
    422,
    4,
    false,
    'In a database of encoding SQL_ASCII rows may hold any bytes, but names, definitions and comments must be UTF-8: rename or rewrite those that are not. Other encodings must have a conversion to UTF8.',
  ),
  DATABASE_EXISTS: define(
    'Target database exists',
    409,
    4,
    false,
    'Choose a name that is not taken; Holdfast never restores over an existing database in this mode.',
  ),
  ROLES_MISSING: define(
    'Roles missing',
    409,
    4,
    false,
    'Create the roles named in details first, or restore with owners and privileges left out.',
  ),
  EXTENSIONS_MISSING: define(
    'Extensions missing',
    409,
    4,
    false,
    'Install the extensions named in details on the target server, or leave them out: withoutExtensions (--without-extension NAME).',
  ),
  TABLE_NOT_READABLE: define(
    'Tables cannot be read',
    403,
    6,
    false,
    'Grant SELECT on the tables named in details, and USAGE on their schemas, to the backup role.',
  ),
  ROW_SECURITY_ACTIVE: define(
    'Row level security hides rows',
    403,
    6,
    false,
    'A backup must see every row: use a role with BYPASSRLS or the owner of the tables named in details.',
  ),
  INSUFFICIENT_PRIVILEGE: define(
    'Insufficient database privilege',
    403,
    6,
    false,
    'Give the role what the message names, or use a role that has it.',
  ),
  LOCK_TIMEOUT: define(
    'A lock could not be had in time',
    409,
    6,
    true,
    'Another session holds a conflicting lock; end it or try again at a quieter time.',
  ),
  DEADLOCK: define(
    'Deadlock',
    409,
    6,
    true,
    'Another session waited for Holdfast while Holdfast waited for it, and the server ended one of the two. Try again at a quieter time.',
  ),
  SERIALIZATION_FAILURE: define(
    'Could not serialize access',
    409,
    6,
    true,
    'Try again. On a standby it is the replay of the primary that ended the statement: raise max_standby_streaming_delay, or set hot_standby_feedback = on.',
  ),
  STATEMENT_TIMEOUT: define(
    'The server ended a statement',
    503,
    6,
    true,
    'Holdfast switches statement_timeout off for its own connections. A function that was called may set one of its own, a pooler may have a limit (query_timeout), or an administrator cancelled the statement.',
  ),
  STANDBY: define(
    'The server is a standby',
    409,
    6,
    false,
    'A standby takes no writes. Connect to the primary for this; backups that are there can be listed, shown, downloaded and planned for here as well.',
  ),
  READ_ONLY_SERVER: define(
    'The server takes no writes',
    409,
    6,
    false,
    'Something forbids every write, and Holdfast has to write its own tables: find out what made the server or the transaction read-only (default_transaction_read_only is not it, Holdfast overrides that).',
  ),
  OUT_OF_LOCKS: define(
    'The server is out of locks',
    503,
    6,
    true,
    'Every table of a run is locked, and the table of locks is full: raise max_locks_per_transaction and restart the server, or choose fewer tables.',
  ),
  SERVER_LIMIT: define(
    'A limit of the server was reached',
    503,
    6,
    true,
    'The message names the limit, such as memory or the length of something. Raise it, or try again at a quieter time.',
  ),
  DISK_FULL: define(
    'The disk of the server is full',
    507,
    6,
    true,
    'Free space on the disk of the database server, or of the tablespace that the message names, and try again.',
  ),
  SERVER_FILE_FAILED: define(
    'The server failed to read or write a file',
    500,
    6,
    true,
    'Look at the log of the database server and at its disk. A library or an extension that is not installed shows in this way as well.',
  ),
  DATA_CORRUPTED: define(
    'The data of the database is damaged',
    500,
    6,
    false,
    'The server cannot read a table or an index of its own. Look at its log; if the message names an index, REINDEX it; keep the earlier backups.',
  ),
  DATABASE_UNREACHABLE: define(
    'Database unreachable',
    503,
    6,
    true,
    'Check that the server is running, the address is right and it has free connections.',
  ),
  DATABASE_AUTHENTICATION: define(
    'Database refused the login',
    503,
    6,
    false,
    'Check user, password and pg_hba.conf.',
  ),
  CONNECTION_STALLED: define(
    'The database connection fell silent',
    503,
    6,
    true,
    'Check the network between here and the server, and what is in between. What was under way has been given up, and the server undoes what was not committed.',
  ),
  POOLER_NOT_SUPPORTED: define(
    'Connection pooler not supported',
    422,
    6,
    false,
    "Set HOLDFAST_DIRECT_URL (option directDatabase) to the server's own address, or use the pooler in session mode.",
  ),
  SERVER_NOT_SUPPORTED: define(
    'Server version not supported',
    422,
    6,
    false,
    'PostgreSQL 14 or later is needed; for a server newer than the bundled pg_dump, install a pg_dump of that version on PATH.',
  ),
  CHUNK_MISSING: define(
    'Backup data missing',
    500,
    7,
    false,
    'Take a new backup: what the database still holds is stored again, which also makes every backup whole that needs the same. Until then restore from another one; the list says which are damaged.',
  ),
  CHUNK_CORRUPT: define(
    'Backup data damaged',
    500,
    7,
    false,
    'Take a new backup: what the database still holds is stored again, which also makes every backup whole that needs the same. Restore from another one if this stays damaged, and check the storage.',
  ),
  MANIFEST_INVALID: define(
    'Manifest invalid',
    500,
    7,
    false,
    'This backup was damaged or written by a newer version; upgrade Holdfast or choose another.',
  ),
  STORE_FAILED: define(
    'Backup store failed',
    502,
    8,
    true,
    'Check the free space and the connection of the store, then try again.',
  ),
  BACKUP_FAILED: define(
    'Backup failed',
    500,
    8,
    true,
    'Nothing was changed in the database; correct the cause named in the message and take the backup again.',
  ),
  RESTORE_FAILED: define(
    'Restore failed',
    500,
    8,
    false,
    'Everything was rolled back; correct the cause named in the message and restore again.',
  ),
  MATVIEW_REFRESH_FAILED: define(
    'Materialized view cannot be refreshed',
    500,
    8,
    false,
    'Everything was rolled back. Restore again with onRefreshFailure "leave-empty" (--on-refresh-failure leave-empty) to leave it without rows, and refresh it once its cause is corrected.',
  ),
  CONSTRAINT_VIOLATED: define(
    'Rows violate a constraint',
    500,
    8,
    false,
    'Everything was rolled back. The rows of the backup violate the constraint named in the message; correct them in the source and back up again, or restore other tables.',
  ),
  SEARCH_PATH_NEEDED: define(
    'A function relies on search_path',
    500,
    8,
    false,
    'Everything was rolled back. Give the function named in the message a search_path of its own (ALTER FUNCTION … SET search_path = …) or qualify the names in it, in the source, and back up again.',
  ),
  EXTENSION_NOT_CREATED: define(
    'Extension cannot be created',
    500,
    8,
    false,
    'Everything was rolled back. Install it, or restore again without it: withoutExtensions (--without-extension NAME).',
  ),
  PROOF_FAILED: define(
    'The restored data does not match the backup',
    500,
    8,
    false,
    'Everything was rolled back; what differs stands in details.',
  ),
  RESTORE_UNCERTAIN: define(
    'The end of the restore is unknown',
    500,
    8,
    false,
    'The connection broke while committing. Compare the tables with the counts in details before doing anything else.',
  ),
  TABLE_VANISHED: define(
    'A table disappeared during the run',
    409,
    8,
    true,
    'Something dropped or replaced it; take the backup again.',
  ),
  INTERRUPTED: define(
    'The run was interrupted',
    500,
    8,
    true,
    'The process that ran it ended; start it again.',
  ),
  CANCELLED: define('The run was cancelled', 409, 130, true, 'Start it again when you want it.'),
  INTERNAL: define(
    'Internal error',
    500,
    1,
    false,
    'This is a defect in Holdfast; please report it with the message.',
  ),
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof errorCatalogue;

export interface ErrorOptions {
  /** Overrides the catalogue's hint with a more specific one. */
  hint?: string;
  /** Structured facts: names, ids, numbers. Never secrets. */
  details?: Record<string, unknown>;
  cause?: unknown;
}

/** The only error class that leaves this library: a code of the catalogue with a message, a hint and details. */
export class HoldfastError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly details: Record<string, unknown> | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'HoldfastError';
    this.code = code;
    this.hint = options.hint ?? errorCatalogue[code].hint;
    this.details = options.details;
  }

  get definition(): ErrorDefinition {
    return errorCatalogue[this.code];
  }

  /** The body of an HTTP answer, and what a log table keeps. */
  toJSON(): ErrorBody {
    return {
      error: this.definition.title,
      code: this.code,
      message: this.message,
      hint: this.hint,
      ...(this.details ? { details: this.details } : {}),
    };
  }
}

export interface ErrorBody {
  error: string;
  code: ErrorCode;
  message: string;
  hint?: string;
  details?: Record<string, unknown>;
}

/** What a run ends in that finds out that another process has taken over. */
export function superseded(): HoldfastError {
  return new HoldfastError(
    'INTERRUPTED',
    'Another process took this run for dead and has taken over. What this process did after that does not count.',
    { hint: 'Look at the latest runs: what was to be done may have been begun again already.' },
  );
}

/** The reason a signal was aborted for, as one of ours: the HoldfastError it was given, or CANCELLED. */
export function abortReason(signal: AbortSignal): HoldfastError {
  const reason: unknown = signal.reason;
  if (reason instanceof HoldfastError) return reason;
  return new HoldfastError('CANCELLED', 'The run was cancelled before it was complete.', { cause: reason });
}
