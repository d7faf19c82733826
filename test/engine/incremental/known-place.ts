import type { KnownPiece, KnownPlace, KnownRowMap } from '../../../src/engine/requests.ts';

/** What is known of ranges, in memory: as the catalog keeps it, without one. */
export interface MemoryPlace extends KnownPlace {
  readonly pieces: Map<string, KnownPiece>;
  readonly maps: Map<string, KnownRowMap>;
  /** How many pieces were written. */
  saved: number;
}

export function memoryPlace(): MemoryPlace {
  const pieces = new Map<string, KnownPiece>();
  const maps = new Map<string, KnownRowMap>();
  return {
    pieces,
    maps,
    saved: 0,
    load: async () => [...pieces.values()],
    async save(saved) {
      this.saved += saved.length;
      for (const piece of saved) pieces.set(`${piece.table} ${piece.piece}`, piece);
    },
    loadMaps: async (ranges) =>
      ranges.flatMap(({ table, fromBlock }) => maps.get(`${table} ${fromBlock}`) ?? []),
    async saveMaps(saved) {
      for (const map of saved) maps.set(`${map.table} ${map.fromBlock}`, map);
    },
    async keepOnly(tables) {
      for (const [key, { table }] of maps) if (!tables.includes(table)) maps.delete(key);
      for (const [key, { table }] of pieces) if (!tables.includes(table)) pieces.delete(key);
    },
  };
}
