/** One observation: when it was made and how much had been moved. */
interface Sample {
  at: number;
  rawBytes: number;
}

// Long enough to be calm, short enough to follow a change of tables.
const rateWindowMs = 8_000;

/** Bytes a second over the last few seconds. */
export function rateMeter(): { add(at: number, rawBytes: number): void; rate(): number | null } {
  let samples: Sample[] = [];
  return {
    add(at, rawBytes) {
      samples.push({ at, rawBytes });
      const recent = samples.filter((sample) => sample.at >= at - rateWindowMs);
      samples = recent.length >= 2 ? recent : samples.slice(-2);
    },
    rate() {
      const first = samples[0];
      const last = samples.at(-1);
      if (!first || !last || last.at - first.at < 400) return null;
      return ((last.rawBytes - first.rawBytes) * 1000) / (last.at - first.at);
    },
  };
}
