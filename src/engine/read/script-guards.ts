import type { Manifest, ManifestTable, SchemaEntry } from '../../format/manifest.ts';
import { checksQuery } from '../../postgres/inspect/checks.ts';
import { momentarySettings } from '../../postgres/inspect/evaluation-settings.ts';
import { quoteLiteral, quoteName } from '../../postgres/identifiers.ts';
import { conductSettings, dataSettings } from '../../postgres/session-settings.ts';

/** What a script does around its definitions and rows, as a restore does over its connections. */
export interface ScriptGuards {
  /** Puts the settings of the source's application into force that no text of the script depends on. */
  settings: string;
  /** Takes the CHECK constraints away that need all rows, and brings them back. See set-aside-checks.ts. */
  checksAway: string;
  checksBack: string;
  /** Around the rows of an extension's configuration table: its own triggers are off. */
  beforeRows(table: ManifestTable): string;
  afterRows(table: ManifestTable): string;
  /** An entry's statements, under all of the application's settings where it only evaluates. */
  around(entry: SchemaEntry, sql: string): string;
}

type Values = [name: string, value: string][];

const ours: Readonly<Record<string, string>> = { ...dataSettings, ...conductSettings };
/** They write money as C does. */
const plainMoney = /^(?:C|POSIX|en_US)(?:[.@]|$)/;

export function scriptGuards(manifest: Manifest): ScriptGuards {
  const recorded = Object.entries(manifest.source.evaluation ?? {});
  const isMomentary = (name: string): boolean => (momentarySettings as readonly string[]).includes(name);
  const steady = recorded.filter(([name]) => !isMomentary(name));
  const momentary = recorded.filter(
    ([name, value]) =>
      isMomentary(name) && value !== ours[name] && !(name === 'lc_monetary' && plainMoney.test(value)),
  );
  const evaluated = (sql: string): string =>
    momentary.length === 0 ? sql : `${setTolerantly(momentary)}${sql}\n${setBack(momentary)}`;
  const checks = momentary.length > 0 || mayCall(manifest);
  return {
    settings: setTolerantly(steady),
    checksAway: checks ? checksAway(momentary.length === 0) : '',
    checksBack: checks
      ? `${forEachCheck(addAgain)}${evaluated(forEachCheck(validate))}DROP TABLE pg_temp.holdfast_checks;\n\n`
      : '',
    beforeRows: (table) => (table.kind === 'extension-config' ? beforeConfiguration(table) : ''),
    afterRows: (table) => (table.kind === 'extension-config' ? afterConfiguration(table) : ''),
    around: (entry, sql) => (entry.kind === 'MATERIALIZED VIEW DATA' ? evaluated(sql) : sql),
  };
}

/** Whether any table or domain may have a CHECK that calls what a user made. */
function mayCall({ schema: { entries } }: Manifest): boolean {
  const made = new Set(
    entries.filter(({ kind }) => kind === 'FUNCTION' || kind === 'OPERATOR').map(({ id }) => id),
  );
  return entries.some(
    ({ kind, dependsOn }) =>
      ['TABLE', 'DOMAIN', 'CHECK CONSTRAINT'].includes(kind) && dependsOn.some((id) => made.has(id)),
  );
}

/** As a string constant, for text with any quotes. */
function block(body: string): string {
  return `DO ${quoteLiteral(body)};\n`;
}

/** A setting that the server does not take is a warning: a locale or a time zone of another machine. */
function setTolerantly(values: Values): string {
  if (values.length === 0) return '';
  const rows = values.map(([name, value]) => `(${quoteLiteral(name)}, ${quoteLiteral(value)})`).join(', ');
  return block(`DECLARE
  s pg_catalog.record;
BEGIN
  FOR s IN SELECT * FROM (VALUES ${rows}) AS v (name, value) LOOP
    BEGIN
      PERFORM pg_catalog.set_config(s.name, s.value, false);
    EXCEPTION WHEN OTHERS THEN
      RAISE WARNING 'the source had % = %, which this server does not take: %', s.name, s.value, SQLERRM;
    END;
  END LOOP;
END`);
}

function setBack(values: Values): string {
  const calls = values.map(
    ([name]) => `pg_catalog.set_config(${quoteLiteral(name)}, ${quoteLiteral(ours[name] ?? '')}, false)`,
  );
  return `SELECT ${calls.join(', ')};\n`;
}

function checksAway(calling: boolean): string {
  return `CREATE TEMPORARY TABLE holdfast_checks (place int GENERATED ALWAYS AS IDENTITY, kind text, schema text,
  "on" text, name text, definition text, comment text);
${block(`DECLARE
  held pg_catalog.record;
  more pg_catalog.bool := true;
BEGIN
  -- What a child declared itself besides inheriting it shows when the parent's is gone.
  WHILE more LOOP
    more := false;
    FOR held IN ${checksQuery('null::pg_catalog.oid[]', String(calling))} LOOP
      EXECUTE pg_catalog.format('ALTER %s %I.%I DROP CONSTRAINT %I', held.kind, held.schema, held."on", held.name);
      INSERT INTO pg_temp.holdfast_checks (kind, schema, "on", name, definition, comment)
        VALUES (held.kind, held.schema, held."on", held.name, held.definition, held.comment);
      more := true;
    END LOOP;
  END LOOP;
END`)}`;
}

const addAgain = `EXECUTE pg_catalog.format('ALTER %s %I.%I ADD CONSTRAINT %I %s NOT VALID', held.kind, held.schema, held."on", held.name, held.definition);
    IF held.comment IS NOT NULL THEN
      EXECUTE pg_catalog.format('COMMENT ON CONSTRAINT %I ON %s %I.%I IS %L', held.name,
        CASE held.kind WHEN 'domain' THEN 'DOMAIN' ELSE '' END, held.schema, held."on", held.comment);
    END IF;`;
const validate = `EXECUTE pg_catalog.format('ALTER %s %I.%I VALIDATE CONSTRAINT %I', held.kind, held.schema, held."on", held.name);`;

/** Children first: a parent's constraint then merges with the child's own. */
function forEachCheck(statements: string): string {
  return block(`DECLARE
  held pg_catalog.record;
BEGIN
  FOR held IN SELECT * FROM pg_temp.holdfast_checks ORDER BY place DESC LOOP
    ${statements}
  END LOOP;
END`);
}

function beforeConfiguration(table: ManifestTable): string {
  const name = quoteName(table);
  return `CREATE TEMPORARY TABLE holdfast_triggers AS SELECT tgname AS name, tgenabled AS state FROM pg_catalog.pg_trigger
  WHERE tgrelid = ${quoteLiteral(name)}::pg_catalog.regclass AND NOT tgisinternal;
ALTER TABLE ${name} DISABLE TRIGGER USER;
DELETE FROM ONLY ${name} ${table.condition ?? ''};
`;
}

function afterConfiguration(table: ManifestTable): string {
  return `${block(`DECLARE
  t pg_catalog.record;
BEGIN
  FOR t IN SELECT * FROM pg_temp.holdfast_triggers WHERE state <> 'D' LOOP
    EXECUTE pg_catalog.format('ALTER TABLE %s ENABLE %s TRIGGER %I', ${quoteLiteral(quoteName(table))},
      CASE t.state WHEN 'R' THEN 'REPLICA' WHEN 'A' THEN 'ALWAYS' ELSE '' END, t.name);
  END LOOP;
END`)}DROP TABLE pg_temp.holdfast_triggers;

`;
}
