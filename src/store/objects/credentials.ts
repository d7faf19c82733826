/*
 * Here, and not beside what uses them: an application that has no driver installed reads these types too.
 */

export interface S3Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
}

/** One of the two. */
export interface AzureCredentials {
  accountKey?: string | undefined;
  /** `sv=…&sig=…`: read, write, create, delete and list of the container. */
  sasToken?: string | undefined;
}

export interface SftpCredentials {
  password?: string | undefined;
  /** The text of a private key (OpenSSH or PEM). */
  privateKey?: string | undefined;
  privateKeyFile?: string | undefined;
  /** Of the private key. */
  passphrase?: string | undefined;
  /** Path of the socket of an agent. */
  agentSocket?: string | undefined;
  /** Default: `~/.ssh/known_hosts`. Not read when the address has a fingerprint. */
  knownHostsFile?: string | undefined;
}

/** What opens places, by their kind. Never stored, never shown. */
export interface ObjectsCredentials {
  s3?: S3Credentials | undefined;
  azure?: AzureCredentials | undefined;
  sftp?: SftpCredentials | undefined;
}
