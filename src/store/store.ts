/** One stored chunk: a zstd frame of COPY text, named by its SHA-256. */
export interface StoredChunk {
  /** Lower-case hex SHA-256 of `frame`. */
  id: string;
  frame: Uint8Array;
  /** Length of the frame's content. */
  rawBytes: number;
  /** Rows that begin in this chunk; kept for people who look into the table, never relied on. */
  rows: number;
}

export interface ChunkListing {
  id: string;
  storedBytes: number;
  storedAt: Date;
}

/**
 * Where chunks and manifests live. The contract, which `test/store/conformance.ts` runs against every store:
 *
 * - A chunk is immutable: putting an id that exists is a success that changes nothing.
 * - When a put resolves, a later get, from any process, finds it. Durability against a crash of the store's
 *   machine is promised once `putManifest` of a manifest that was put afterwards has resolved.
 * - Gets return exactly what was put; they do not verify hashes, the reader does.
 * - A missing chunk or manifest is `undefined`, never an error. Every other failure is HoldfastError STORE_FAILED.
 * - Deleting what is not there is a success.
 * - Every method may be called concurrently. Calls are bounded by the caller: at most 64 chunks or 32 MiB at once.
 */
export interface Store {
  /** `database`, `memory`, …; part of a backup's row. */
  readonly kind: string;
  /** Which of `ids` (at most 1 000) exist. */
  hasChunks(ids: readonly string[]): Promise<Set<string>>;
  putChunks(chunks: readonly StoredChunk[]): Promise<void>;
  /** The frames in the order of `ids`; `undefined` for each that is missing. */
  getChunks(ids: readonly string[]): Promise<(Uint8Array | undefined)[]>;
  deleteChunks(ids: readonly string[]): Promise<void>;
  /** Every chunk, in any order, in bounded memory. */
  listChunks(): AsyncIterable<ChunkListing>;
  /** Writes or replaces the manifest of one backup. A backup without one does not exist. */
  putManifest(uuid: string, manifest: unknown): Promise<void>;
  getManifest(uuid: string): Promise<unknown>;
  deleteManifest(uuid: string): Promise<void>;
  listManifests(): AsyncIterable<string>;
  close(): Promise<void>;
}
