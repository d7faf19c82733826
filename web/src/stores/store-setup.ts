/** What is to be configured for a new store: its address, the lines, the commands. Pure; nothing of it is sent anywhere. */
import type { StoreSummary } from '../data/client.ts';

export type SetupKind = 'file' | 's3' | 'azure' | 'sftp';

export interface SetupDraft {
  kind: SetupKind;
  name: string;
  use: 'write' | 'copy';
  encrypted: boolean;
  /** By name of the field. */
  parts: Readonly<Record<string, string>>;
}

export interface AddressPart {
  name: string;
  label: string;
  placeholder: string;
  help?: string;
  optional?: boolean;
}

export const addressParts: Record<SetupKind, readonly AddressPart[]> = {
  file: [
    {
      name: 'path',
      label: 'Folder',
      placeholder: '/mnt/backups/shop',
      help: 'An absolute path. It has to exist, on a disk that outlives the server',
    },
  ],
  s3: [
    { name: 'bucket', label: 'Bucket', placeholder: 'backups', help: 'It has to exist' },
    { name: 'prefix', label: 'Prefix', placeholder: 'shop', optional: true },
    { name: 'region', label: 'Region', placeholder: 'eu-central-1', optional: true },
    {
      name: 'endpoint',
      label: 'Endpoint',
      placeholder: 'https://s3.example.org',
      help: 'Of a server that is not Amazon’s',
      optional: true,
    },
  ],
  azure: [
    { name: 'account', label: 'Storage account', placeholder: 'shopbackups' },
    { name: 'container', label: 'Container', placeholder: 'backups', help: 'It has to exist' },
    { name: 'prefix', label: 'Prefix', placeholder: 'shop', optional: true },
  ],
  sftp: [
    { name: 'user', label: 'User', placeholder: 'backup' },
    { name: 'host', label: 'Host', placeholder: 'backups.example.org' },
    { name: 'port', label: 'Port', placeholder: '22', optional: true },
    {
      name: 'path',
      label: 'Folder',
      placeholder: '/srv/backups/shop',
      help: 'An absolute path. It has to exist',
    },
    {
      name: 'hostKey',
      label: 'Fingerprint of the host key',
      placeholder: 'SHA256:…',
      help: 'As ssh-keygen -lf prints it on that server; without it, known_hosts decides',
      optional: true,
    },
  ],
};

/** Names of required fields that are empty. */
export function missingParts({ kind, name, parts }: SetupDraft): string[] {
  const missing = addressParts[kind]
    .filter((part) => part.optional !== true && (parts[part.name] ?? '').trim() === '')
    .map((part) => part.name);
  return /^[a-z][a-z0-9-]{0,62}$/.test(name) ? missing : ['name', ...missing];
}

export function addressOf({ kind, parts }: SetupDraft): string {
  const part = (name: string): string => (parts[name] ?? '').trim();
  const folder = (name: string): string => encodeURI(`/${part(name).replace(/^\/+/, '')}`);
  const place = (...pieces: string[]): string =>
    pieces
      .map((piece) => piece.replaceAll(/^\/+|\/+$/g, ''))
      .filter(Boolean)
      .join('/');
  const asked = (...names: string[]): string => {
    const query = names
      .filter((name) => part(name) !== '')
      .map((name) => `${name}=${encodeURIComponent(part(name))}`);
    return query.length === 0 ? '' : `?${query.join('&')}`;
  };
  switch (kind) {
    case 'file':
      return `file://${folder('path')}`;
    case 's3':
      return `s3://${place(part('bucket'), part('prefix'))}${asked('region', 'endpoint')}`;
    case 'azure':
      return `azure://${place(part('account'), part('container'), part('prefix'))}`;
    default: {
      const port = part('port') === '' ? '' : `:${part('port')}`;
      return `sftp://${encodeURIComponent(part('user'))}@${part('host')}${port}${folder('path')}${asked('hostKey')}`;
    }
  }
}

const credentials: Record<SetupKind, readonly string[]> = {
  file: [],
  s3: ['AWS_ACCESS_KEY_ID=…', 'AWS_SECRET_ACCESS_KEY=…'],
  azure: ['AZURE_STORAGE_KEY=…'],
  sftp: ['HOLDFAST_SFTP_KEY_FILE=…'],
};

export const packages: Record<SetupKind, string | null> = {
  file: null,
  s3: '@aws-sdk/client-s3',
  azure: '@azure/storage-blob',
  sftp: 'ssh2',
};

/** The environment of the process. Stores that are copied to already stay so. */
export function environmentLines(draft: SetupDraft, stores: readonly StoreSummary[]): string {
  const named = `${draft.name}=${addressOf(draft)}`;
  const others = stores
    .filter(({ role, name }) => role === 'copy' && name !== draft.name)
    .map(({ name, address }) => `${name}=${address}`);
  return [
    draft.use === 'write'
      ? `HOLDFAST_STORE=${quoted(named)}`
      : `HOLDFAST_COPY_TO=${quoted([...others, named].join(','))}`,
    ...(draft.encrypted ? ['HOLDFAST_WRITER_KEY=/run/secrets/writer.key'] : []),
    ...credentials[draft.kind],
  ].join('\n');
}

/** The same as options of `createBackupSystem`. */
export function optionLines(draft: SetupDraft): string {
  const address = JSON.stringify(addressOf(draft));
  const store = draft.encrypted ? `{ address: ${address}, writerKey: '/run/secrets/writer.key' }` : address;
  return [
    'createBackupSystem({',
    '  // …',
    `  stores: { '${draft.name}': ${store} },`,
    draft.use === 'write' ? `  store: '${draft.name}',` : `  copyTo: ['${draft.name}'],`,
    '});',
  ].join('\n');
}

/** What makes the store, with its keys if it is encrypted. */
export function commandLines(draft: SetupDraft): string {
  const address = quoted(addressOf(draft));
  if (!draft.encrypted) return `holdfast store create ${address}`;
  return `holdfast keygen --out keys\nholdfast store create ${address} --writer-key keys/writer.key`;
}

/** For a shell. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
