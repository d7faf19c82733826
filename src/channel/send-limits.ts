/** From the look-up of the name to the end of the answer. */
export const sendTimeoutMs = 10_000;
