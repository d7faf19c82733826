import type { Manifest, ManifestRange, ManifestTable } from '../../format/manifest.ts';
import { quoteName } from '../../postgres/identifiers.ts';
import type { PlanNode } from '../../postgres/plan-of-answer.ts';
import { keyKind } from '../look/key-values.ts';
import { conditionSpans, spanOrder, type KeyInPlan } from './condition-spans.ts';
import { rangesWithin, type Span } from './spans.ts';

/** What a plan reads of a table: of each scan its condition, or all. */
type Scan = { alias: string; condition: string } | 'all';

/** What a statement reads of its tables, by one plan of it. */
export interface Restrictions {
  /** The ranges of a table that can have a row which the statement reads. */
  rangesOf(table: ManifestTable): readonly ManifestRange[];
}

/**
 * A scan of a plan gives only rows for which its own condition holds, whatever is in the tables. So a row for which no scan of its table
 * has a condition that holds changes nothing of the answer, in this plan and therefore in any.
 */
export function restrictionsOf(plan: PlanNode, { source }: Manifest): Restrictions {
  const scans = scansIn(plan);
  const isBytes = source.encoding === 'SQL_ASCII';
  return {
    rangesOf(table) {
      const key = keyOf(table);
      const all = scans.get(quoteName(table));
      // One that is locked and in no scan is read in a way that is not known here.
      if (!key || !all || table.loadVia || (isBytes && key.kind === 'text')) return table.ranges;
      const spans: Span[] = [];
      for (const scan of all) {
        const found = scan === 'all' ? null : conditionSpans(scan.condition, { ...key, alias: scan.alias });
        if (!found) return table.ranges;
        spans.push(...found);
      }
      return rangesWithin(table.ranges, spans, spanOrder(key.kind));
    },
  };
}

/** @returns undefined where values of the key are not compared as ranges know them */
function keyOf({ keyColumn, columns }: ManifestTable): Omit<KeyInPlan, 'alias'> | undefined {
  const column = columns.find(({ name }) => name === keyColumn);
  const kind = column && keyKind(column.type);
  // By another collation two texts of other bytes may be equal.
  return kind && !(kind === 'text' && column.collation !== null) ? { column: column.name, kind } : undefined;
}

function scansIn(plan: PlanNode): Map<string, Scan[]> {
  const scans = new Map<string, Scan[]>();
  const nodes = [plan];
  for (let node = nodes.pop(); node; node = nodes.pop()) {
    nodes.push(...(node.Plans ?? []));
    const { 'Relation Name': name, Schema: schema, Alias: alias, Filter: condition } = node;
    if (name === undefined) continue;
    const table = quoteName({ schema: schema ?? '', name });
    const isKnown = node['Node Type'] === 'Seq Scan' && alias !== undefined && condition !== undefined;
    const scan: Scan = isKnown ? { alias, condition } : 'all';
    scans.set(table, [...(scans.get(table) ?? []), scan]);
  }
  return scans;
}
