/*
 * sharing/ owns how several machines work on one run: the lead gives pieces of it away, helpers claim them and report what came
 * of them. It never knows what a piece is about, and a piece that nobody brings back is done by the lead itself.
 */

/** A process that works on the run of another one. */
export interface Helper {
  helper: string;
  /** The name of its machine, for people. */
  host: string;
  /** How many pieces it works on at once. */
  connections: number;
}

export interface SharedPiece {
  /** Of this run; each number is used once. */
  piece: number;
  content: Uint8Array;
}

/** What has come to pass since the lead looked last. */
export interface SharedState {
  helpers: Helper[];
  left: { host: string; because: string }[];
  /** Pieces that are done, or that the lead has to do: they are forgotten with this answer. */
  ended: { piece: number; result: Uint8Array | null; refused: string | null }[];
  /** The pieces that are still there. */
  open: number[];
}

/** Where a run and its helpers meet, for the lead of one run. Everything in it is forgotten when the run ends. */
export interface LeadPlace {
  /** How many machines may work on the run, with the lead. */
  readonly maxWorkers: number;
  /** What names the run, so that nothing of it can be taken for something of another one. */
  readonly run: string;
  /** Lets others join. @param terms what they have to know */
  offer(terms: Uint8Array): Promise<void>;
  /** Putting a piece twice does no harm. */
  put(pieces: readonly SharedPiece[]): Promise<void>;
  look(): Promise<SharedState>;
  /** Forgets one piece that nobody has claimed. @returns its number */
  takeBack(): Promise<number | undefined>;
  /** Nobody can join, claim or report any more. */
  end(): Promise<void>;
  /** For the log of the run. */
  note(level: 'info' | 'warn', message: string): void;
}

export interface ClaimedPiece extends SharedPiece {
  /** Which claim of the piece it is. */
  claim: number;
}

/** The same for one helper that has joined. */
export interface HelperPlace {
  readonly run: string;
  /** Of its connections: those of a helper that is taken for dead are ended by it. */
  readonly applicationName: string;
  /** After this time without a word of it, by the clock of the place, others get what it has claimed. */
  readonly leaseSeconds: number;
  /** Says that it is at work. @returns false when it is no helper of the run any more, or the run has ended */
  beat(): Promise<boolean>;
  claim(): Promise<ClaimedPiece | undefined>;
  /**
   * @param outcome `refused`: the lead has to do it, and why
   * @returns false when the piece is another's by now
   */
  report(piece: ClaimedPiece, outcome: { result: Uint8Array } | { refused: string }): Promise<boolean>;
  /** What it has claimed is for others. */
  leave(because: string): Promise<void>;
}
