import { drawFor, shuffled } from "../../../shared/random.ts";

/**
 * Which models' responses to a prompt are compared, in the order in which they are shown: some of the pool without
 * replacement; with `oneSide`, that model and one other, in either order. It follows from seed and prompt alone.
 * @param pool in the order of names
 */
export function drawModels(
  pool: readonly string[],
  {
    seed,
    prompt,
    count,
    oneSide,
  }: { seed: number; prompt: string; count: number; oneSide?: string | undefined },
): string[] {
  const random = drawFor(seed, "models", prompt);
  if (oneSide === undefined) return shuffled(pool, random).slice(0, count);
  const [other] = shuffled(
    pool.filter((model) => model !== oneSide),
    random,
  );
  return shuffled(other === undefined ? [oneSide] : [oneSide, other], random);
}
