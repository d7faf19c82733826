import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { HoldfastError } from '../../base/errors.ts';
import { isObjectName } from './objects.ts';

/** Where a store is, taken apart. `address` is the URL as it is stored and shown; it holds no secret. */
export type StoreAddress =
  | { scheme: 'database'; address: string }
  | { scheme: 'memory'; address: string }
  | DirectoryAddress
  | S3Address
  | AzureAddress
  | SftpAddress;

/** The addresses of places that keep objects. */
export type ObjectsAddress = DirectoryAddress | S3Address | AzureAddress | SftpAddress;

export interface DirectoryAddress {
  scheme: 'file';
  address: string;
  /** An absolute path. */
  path: string;
}

export interface S3Address {
  scheme: 's3';
  address: string;
  bucket: string;
  /** Without slashes at its ends; empty for the whole bucket. */
  prefix: string;
  /** Undefined: what the SDK finds; `us-east-1` with an endpoint. */
  region: string | undefined;
  /** The URL of a server that is not AWS. */
  endpoint: string | undefined;
  /** The bucket in the path instead of the host name. Default: with an endpoint. */
  forcePathStyle: boolean;
}

export interface AzureAddress {
  scheme: 'azure';
  address: string;
  account: string;
  container: string;
  /** As of S3. */
  prefix: string;
  /** Default: `https://ACCOUNT.blob.core.windows.net`. */
  endpoint: string;
}

export interface SftpAddress {
  scheme: 'sftp';
  address: string;
  user: string;
  host: string;
  port: number;
  /** An absolute path, or one relative to the folder in which a session of this user begins (`/~/` in the address). */
  path: string;
  /** `SHA256:…`, the fingerprint of the server's key as `ssh-keygen -l` prints it. */
  hostKey: string | undefined;
}

const forms = {
  file: 'file:///folder',
  s3: 's3://bucket/prefix?region=…&endpoint=https://…&forcePathStyle=true',
  azure: 'azure://account/container/prefix?endpoint=https://…',
  sftp: 'sftp://user@host:22/folder?hostKey=SHA256:…',
} as const;

/**
 * @param text `database:`, `memory:`, or a URL of `file:`, `s3:`, `azure:` or `sftp:`
 * @throws INVALID_CONFIGURATION, which never repeats the text: people put passwords into URLs
 */
export function parseAddress(text: string): StoreAddress {
  const trimmed = text.trim();
  if (trimmed === 'database:' || trimmed === 'memory:') {
    return { scheme: trimmed === 'memory:' ? 'memory' : 'database', address: trimmed };
  }
  const url = URL.parse(trimmed);
  const scheme = /^(file|s3|azure|sftp):$/.exec(url?.protocol ?? '')?.[1] as keyof typeof forms | undefined;
  if (url === null || scheme === undefined) {
    throw new HoldfastError('INVALID_CONFIGURATION', 'The address of a backup store cannot be read.', {
      hint: `Use one of these forms: database:, ${Object.values(forms).join(', ')}.`,
    });
  }
  refuseSecrets(url, scheme);
  // Which characters a URL may have is decided before they are decoded; control characters are dropped by URL silently.
  if (/[\s\p{Cc}\\]/u.test(trimmed)) throw wrong(scheme, 'has a space or a control character in it');
  if (url.hash !== '' || trimmed.includes('#')) throw wrong(scheme, 'has a # in it');
  return parsers[scheme](url);
}

const parsers: Record<keyof typeof forms, (url: URL) => ObjectsAddress> = {
  file(url) {
    parameters(url, 'file', []);
    if (url.host !== '')
      throw wrong('file', 'names a host; a directory has three slashes and an absolute path');
    const folder = path.normalize(decoded('file', url.pathname, () => fileURLToPath(url)));
    const withoutEnd = folder.replace(/[/\\]+$/, '');
    if (withoutEnd === '' || path.parse(folder).root === folder) throw wrong('file', 'names no folder');
    return { scheme: 'file', address: `file://${encodeURI(withoutEnd)}`, path: withoutEnd };
  },

  s3(url) {
    const given = parameters(url, 's3', ['region', 'endpoint', 'forcePathStyle']);
    const bucket = url.host;
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/.test(bucket)) throw wrong('s3', 'names no bucket');
    const prefix = prefixOf('s3', url.pathname);
    const { region } = given;
    if (region !== undefined && !/^[A-Za-z0-9-]{1,40}$/.test(region))
      throw wrong('s3', 'has a region that is none');
    const endpoint = endpointOf('s3', given['endpoint']);
    const style = given['forcePathStyle'];
    if (style !== undefined && style !== 'true' && style !== 'false') {
      throw wrong('s3', 'has a forcePathStyle that is neither true nor false');
    }
    return {
      scheme: 's3',
      address: shown(`s3://${[bucket, prefix].filter(Boolean).join('/')}`, {
        region,
        endpoint,
        forcePathStyle: style,
      }),
      bucket,
      prefix,
      region: region ?? (endpoint === undefined ? undefined : 'us-east-1'),
      endpoint,
      forcePathStyle: style === undefined ? endpoint !== undefined : style === 'true',
    };
  },

  azure(url) {
    const given = parameters(url, 'azure', ['endpoint']);
    const account = url.host;
    if (!/^[a-z0-9]{3,24}$/.test(account)) throw wrong('azure', 'names no storage account');
    const [container = '', ...rest] = url.pathname.slice(1).split('/');
    if (!/^(?:[a-z0-9](?:-?[a-z0-9]){2,62}|\$root)$/.test(container))
      throw wrong('azure', 'names no container');
    const prefix = prefixOf('azure', `/${rest.join('/')}`);
    const endpoint = endpointOf('azure', given['endpoint']);
    return {
      scheme: 'azure',
      address: shown(`azure://${[account, container, prefix].filter(Boolean).join('/')}`, { endpoint }),
      account,
      container,
      prefix,
      endpoint: endpoint ?? `https://${account}.blob.core.windows.net`,
    };
  },

  sftp(url) {
    const { hostKey } = parameters(url, 'sftp', ['hostKey']);
    const user = decoded('sftp', url.username);
    if (!/^[\w.@\\+-]{1,64}$/.test(user)) throw wrong('sftp', 'names no user');
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase();
    if (!/^[\w.:-]+$/.test(host) || host.startsWith('-')) throw wrong('sftp', 'names no host');
    const fingerprint = hostKey?.replace(/=+$/, '').replaceAll(' ', '+');
    if (fingerprint !== undefined && !/^SHA256:[A-Za-z0-9+/]{43}$/.test(fingerprint)) {
      throw wrong('sftp', 'has a hostKey that is not SHA256: and 43 characters');
    }
    const folder = path.posix.normalize(decoded('sftp', url.pathname)).replace(/\/+$/, '');
    if (folder === '.' || folder === '' || folder === '/~') throw wrong('sftp', 'names no folder');
    const port = url.port === '' ? 22 : Number(url.port);
    const place = `${url.username}@${url.hostname.toLowerCase()}${port === 22 ? '' : `:${port}`}`;
    return {
      scheme: 'sftp',
      address: shown(`sftp://${place}${encodeURI(folder)}`, { hostKey: fingerprint }),
      user,
      host,
      port,
      path: folder.startsWith('/~/') ? folder.slice(3) : folder,
      hostKey: fingerprint,
    };
  },
};

function wrong(scheme: keyof typeof forms, what: string): HoldfastError {
  return new HoldfastError('INVALID_CONFIGURATION', `An address of a backup store (${scheme}:) ${what}.`, {
    hint: `Its form is ${forms[scheme]}.`,
  });
}

/** A secret in an address would be stored and shown with it. */
function refuseSecrets(url: URL, scheme: keyof typeof forms): void {
  if (url.password === '' && (url.username === '' || scheme === 'sftp')) return;
  throw new HoldfastError(
    'INVALID_CONFIGURATION',
    `An address of a backup store (${scheme}:) has credentials in it.`,
    {
      hint: 'Take them out: credentials come from the environment or from options. docs/STORES.md says how. What was in the address may be in the history of your shell.',
    },
  );
}

function parameters(
  url: URL,
  scheme: keyof typeof forms,
  allowed: readonly string[],
): Record<string, string | undefined> {
  const given: Record<string, string> = {};
  for (const [name, value] of url.searchParams) {
    if (!allowed.includes(name)) {
      const list = allowed.length === 0 ? 'none' : allowed.join(', ');
      throw wrong(scheme, `has a parameter that it does not have (there are: ${list})`);
    }
    if (name in given) throw wrong(scheme, `has ${name} twice`);
    if (value === '') throw wrong(scheme, `has an empty ${name}`);
    given[name] = value;
  }
  return given;
}

function prefixOf(scheme: keyof typeof forms, pathname: string): string {
  const prefix = pathname.replace(/^\//, '').replace(/\/$/, '');
  if (prefix === '' || isObjectName(prefix)) return prefix;
  throw wrong(
    scheme,
    'has a prefix with other characters than letters, digits, . _ - and /, or with an empty part',
  );
}

function endpointOf(scheme: keyof typeof forms, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw wrong(scheme, 'has an endpoint that is no https:// or http:// address');
  }
  refuseSecrets(url, scheme);
  return url.href.replace(/\/+$/, '');
}

function decoded(scheme: keyof typeof forms, text: string, decode = () => decodeURIComponent(text)): string {
  try {
    const plain = decode();
    if (!plain.includes('\0')) return plain;
  } catch {
    // A % that encodes nothing.
  }
  throw wrong(scheme, 'has a % that encodes no character');
}

function shown(place: string, given: Record<string, string | undefined>): string {
  const parts = Object.entries(given).flatMap(([name, value]) =>
    value === undefined
      ? []
      : [`${name}=${encodeURIComponent(value).replaceAll(/%(?:3A|2F)/g, decodeURIComponent)}`],
  );
  return parts.length === 0 ? place : `${place}?${parts.join('&')}`;
}
