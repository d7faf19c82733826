import {
  readEvaluatedFunctions,
  readNamesElsewhere,
  readTextFunctions,
  type EvaluatedFunction,
} from '../../postgres/inspect/evaluated-functions.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { BackupWarnings } from './warnings.ts';

/** Functions call functions; what is deeper than this is not looked at. */
const depth = 4;

/**
 * Warns of functions that CHECKs, generated columns, indexes and materialized views call and whose text names something
 * without its schema: a restore has no search_path to find it by. By reading the text alone, for a backup runs nothing of
 * the application's; so it may miss some, which the restore then refuses by name.
 */
export async function warnOfSearchPath(session: Session, warnings: BackupWarnings): Promise<void> {
  const functions = await readEvaluatedFunctions(session);
  const known = new Map<string, { signature: string; name: string } | null>();
  for (const each of functions) {
    const found = await firstUnqualified(session, each, known, depth);
    if (!found) continue;
    const object =
      each.kind === 'MATERIALIZED VIEW'
        ? `MATERIALIZED VIEW ${each.schema}.${each.relation}`
        : `${each.kind} ${each.schema}.${each.relation} ${each.name}`;
    warnings.add({
      code: 'SEARCH_PATH_NEEDED',
      object,
      message: `${object} calls ${found.signature}, which names ${found.name} without its schema. A restore has an empty search_path and will probably fail on it: ALTER FUNCTION ${found.signature} SET search_path = …, or write the schema in front of the name.`,
      ...(each.kind === 'MATERIALIZED VIEW' ? {} : { table: { schema: each.schema, name: each.relation } }),
    });
  }
}

async function firstUnqualified(
  session: Session,
  { signature, body }: Pick<EvaluatedFunction, 'signature' | 'body'>,
  known: Map<string, { signature: string; name: string } | null>,
  left: number,
): Promise<{ signature: string; name: string } | null> {
  const seen = known.get(signature);
  if (seen !== undefined) return seen;
  known.set(signature, null);
  const names = namesIn(body);
  const elsewhere = await readNamesElsewhere(session, {
    functions: names.calls.filter(({ qualified }) => !qualified).map(({ name }) => name),
    relations: names.relations,
  });
  const [name] = [...elsewhere.relations, ...elsewhere.functions];
  let found = name === undefined ? null : { signature, name };
  if (!found && left > 0) {
    const called = await readTextFunctions(session, [...new Set(names.calls.map((call) => call.name))]);
    for (const each of called) found ??= await firstUnqualified(session, each, known, left - 1);
  }
  known.set(signature, found);
  return found;
}

const identifier = `(?:"(?:[^"]|"")+"|[A-Za-z_\\u0080-\\uffff][\\w$\\u0080-\\uffff]*)`;
const call = new RegExp(`(\\.\\s*)?(${identifier})\\s*\\(`, 'g');
const relation = new RegExp(
  `\\b(?:from|join|into|update)\\s+(?:only\\s+)?(${identifier})(?!\\s*[.("]|[\\w$])`,
  'gi',
);

/** What the text of a function seems to call and to read. Names in strings are looked at too: they may be run. */
export function namesIn(body: string): {
  calls: { name: string; qualified: boolean }[];
  relations: string[];
} {
  const text = body.replaceAll(/--[^\n]*/g, ' ').replaceAll(/\/\*[^]*?\*\//g, ' ');
  return {
    calls: [...text.matchAll(call)].map((match) => ({
      name: unquoted(match[2] ?? ''),
      qualified: match[1] !== undefined,
    })),
    relations: [...text.matchAll(relation)].map((match) => unquoted(match[1] ?? '')),
  };
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase();
}
