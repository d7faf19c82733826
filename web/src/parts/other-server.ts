/** The address of another server, as it is typed. It is never in an address of the page, in storage or in a cache. Pure. */
export interface ServerAddress {
  /** `postgres://user@host:5432/name`, without the password. */
  url: string;
  password: string;
}

export const noServer: ServerAddress = { url: '', password: '' };

/** A password in what was typed or pasted goes into the field for it, where it is not read over a shoulder. */
export function splitPassword(typed: string, before: ServerAddress): ServerAddress {
  // Up to the last @: in a password that was not encoded there may be others.
  const [, start, password, rest] = /^(\s*postgres(?:ql)?:\/\/[^:/?#@]+):(.*)@([^@]*)$/.exec(typed) ?? [];
  if (start === undefined || password === undefined) return { ...before, url: typed };
  return { url: `${start}@${rest}`, password: decoded(password) };
}

/** Null while it is not complete. */
export function addressOf({ url, password }: ServerAddress): string | null {
  const [, start, rest] = /^(postgres(?:ql)?:\/\/[^:/?#@]+)@([^@/?#]+\/[^@/?#]+.*)$/.exec(url.trim()) ?? [];
  if (start === undefined) return null;
  return `${start}${password === '' ? '' : `:${encodeURIComponent(password)}`}@${rest}`;
}

/** `db2.example.org:5432`, for a heading. */
export function hostOf({ url }: ServerAddress): string {
  return /@([^/?#]+)/.exec(url)?.[1] ?? '';
}

/** In an address @ : / and others are written as %40 %3A %2F. */
function decoded(password: string): string {
  try {
    return decodeURIComponent(password);
  } catch {
    return password;
  }
}
