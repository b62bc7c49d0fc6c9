import { createHash } from "node:crypto";

/** Gives the next number of a sequence, uniform in [0, 1). */
export type Random = () => number;

/**
 * A small seeded generator (sfc32): the same 32-bit words always give the same sequence.
 * Digests are good seeds: their first twelve bytes are three such words.
 */
export function createRandom(word0: number, word1: number, word2: number, counter = 1): Random {
  let a = word0 | 0;
  let b = word1 | 0;
  let c = word2 | 0;
  let d = counter | 0;
  const next = () => {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4294967296;
  };
  for (let round = 0; round < 12; round++) next();
  return next;
}

/** A generator that follows from a digest (at least 24 hex digits) and a number that tells uses of it apart. */
export function randomOf(digest: string, use: number): Random {
  const word = (index: number) => Number.parseInt(digest.slice(index * 8, index * 8 + 8), 16);
  return createRandom(word(0), word(1), word(2), use);
}

/** A generator that follows from what is drawn and for what alone, so that the order of work does not matter. */
export function drawFor(seed: number, ...what: readonly (string | number)[]): Random {
  return randomOf(
    createHash("sha256")
      .update(JSON.stringify([seed, ...what]))
      .digest("hex"),
    1,
  );
}

/** A whole number from 0 to before `count`. */
function drawBelow(count: number, random: Random): number {
  return Math.floor(random() * count);
}

/** All of the values, in a random order (Fisher and Yates). */
export function shuffled<Value>(values: readonly Value[], random: Random): Value[] {
  const order = [...values];
  for (let last = order.length - 1; last > 0; last--) {
    const other = drawBelow(last + 1, random);
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
