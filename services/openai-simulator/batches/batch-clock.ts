/** The clock of files and batches: milliseconds since 1970 that can pass faster than real ones, and never go back. */
export type BatchClock = {
  nowMs(): number;
  /** From now on, `speed` milliseconds pass in each real one. */
  setSpeed(speed: number): void;
  /** Steps ahead at once. */
  advance(ms: number): void;
};

/** Starts at the real time. `realMs` is a clock that never steps back. */
export function createBatchClock(speed: number, realMs = () => performance.now()): BatchClock {
  let anchorMs = Date.now();
  let anchorRealMs = realMs();
  let current = speed;
  const nowMs = () => anchorMs + (realMs() - anchorRealMs) * current;
  const anchor = () => {
    anchorMs = nowMs();
    anchorRealMs = realMs();
  };
  return {
    nowMs,
    setSpeed(next) {
      anchor();
      current = next;
    },
    advance(ms) {
      anchorMs += ms;
    },
  };
}
