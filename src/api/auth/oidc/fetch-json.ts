/** Why an issuer could not be asked; a clause. */
export class NoAnswer extends Error {
  /** Of an answer that is an error, and the word of OAuth that it has for it. */
  readonly status: number | undefined;
  readonly word: string | undefined;
  constructor(message: string, { status, word }: { status?: number; word?: string | undefined } = {}) {
    super(message);
    this.status = status;
    this.word = word;
  }
}

/** The keys of an issuer are a few kilobytes. One that talks without end is not listened to. */
const answerLimitBytes = 256 * 1024;

/**
 * The JSON object at an address. Follows no redirect: the issuer would answer from elsewhere then.
 * @param sent what is posted there, if anything
 * @param signal ends it, also while the issuer is silent
 * @throws NoAnswer
 */
export async function fetchJson(
  url: URL,
  signal: AbortSignal,
  sent?: { headers: Record<string, string>; form: URLSearchParams },
): Promise<Record<string, unknown>> {
  const text = await fetchText(url, signal, sent).catch((error: unknown) => {
    if (error instanceof NoAnswer) throw error;
    if (signal.aborted) throw new NoAnswer(`${url.origin} was silent for too long`);
    const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
    throw new NoAnswer(`${url.origin} cannot be reached${code === undefined ? '' : ` (${code})`}`);
  });
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // No more is to be said of what is no JSON than of JSON of another kind.
  }
  throw new NoAnswer(`${url.origin}${url.pathname} is no JSON object`);
}

async function fetchText(
  url: URL,
  signal: AbortSignal,
  sent: { headers: Record<string, string>; form: URLSearchParams } | undefined,
): Promise<string> {
  const response = await fetch(url, {
    ...(sent ? { method: 'POST', body: sent.form } : {}),
    signal,
    redirect: 'manual',
    headers: { Accept: 'application/json', 'User-Agent': 'Holdfast', ...sent?.headers },
  });
  const { status } = response;
  const refused = `${url.origin}${url.pathname} answered with status ${status}`;
  // What is posted is refused with a word that says why.
  if ((status !== 200 && !sent) || !response.body) {
    await response.body?.cancel();
    throw new NoAnswer(refused, { status });
  }
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body) {
    bytes += part.length;
    // Leaving the loop ends the connection.
    if (bytes > answerLimitBytes) throw new NoAnswer(`${url.origin}${url.pathname} is too large`);
    parts.push(part);
  }
  const text = Buffer.concat(parts).toString('utf8');
  if (status === 200) return text;
  throw new NoAnswer(refused, { status, word: /"error"\s*:\s*"([a-z_]{1,40})"/.exec(text)?.[1] });
}
