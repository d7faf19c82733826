import type { KnownPiece, KnownPlace } from '../../../src/engine/requests.ts';

/** What is known of ranges, in memory: as the catalog keeps it, without one. */
export interface MemoryPlace extends KnownPlace {
  readonly pieces: Map<string, KnownPiece>;
  /** How many pieces were written. */
  saved: number;
}

export function memoryPlace(): MemoryPlace {
  const pieces = new Map<string, KnownPiece>();
  return {
    pieces,
    saved: 0,
    load: async () => [...pieces.values()],
    async save(saved) {
      this.saved += saved.length;
      for (const piece of saved) pieces.set(`${piece.table} ${piece.piece}`, piece);
    },
    async keepOnly(tables) {
      for (const [key, { table }] of pieces) if (!tables.includes(table)) pieces.delete(key);
    },
  };
}
