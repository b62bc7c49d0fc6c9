/** A comparison of the aligned model with the reference. */
export interface ComparedOutputs {
  /** 1 the aligned model wins, 0.5 a tie, 0 it loses; or the probability that it wins. */
  outcome: number;
  /** Characters of its output less those of the reference's. */
  lengthDifference: number;
}

const MOST_STEPS = 100;
const PRECISE = 1e-12;

/**
 * The win rate that the aligned model would have if its outputs were as long as the reference's, in percent. After Dubois,
 * Galambosi, Liang and Hashimoto: Length-Controlled AlpacaEval, 2024 (arXiv 2404.04475): a logistic regression
 * logit(outcome) = a + b tanh(d / s), with d the difference of lengths in characters and s its standard deviation (n - 1),
 * of which the rate is read at d = 0, where it is 100 / (1 + exp(-a)). Their third term, the difficulty of an instruction,
 * is left out: it is fitted on the verdicts on many models, not on one. b has a penalty of b^2 / 2, so that it is finite
 * where lengths alone tell the outcomes apart. Fitted by Newton's steps; where all outcomes are the same, that is the rate.
 * @throws RangeError if nothing was compared
 */
export function lengthControlledWinRate(compared: readonly ComparedOutputs[]): number {
  if (compared.length === 0) throw new RangeError("a win rate needs a comparison");
  const mean = compared.reduce((sum, { outcome }) => sum + outcome, 0) / compared.length;
  if (mean === 0 || mean === 1) return 100 * mean;
  const spread = deviationOf(compared.map(({ lengthDifference }) => lengthDifference));
  const points = compared.map(({ outcome, lengthDifference }) => ({
    outcome,
    length: spread === 0 ? 0 : Math.tanh(lengthDifference / spread),
  }));
  let [base, slope] = [Math.log(mean / (1 - mean)), 0];
  for (let step = 0; step < MOST_STEPS; step++) {
    const [byBase, bySlope] = newtonStep(points, base, slope);
    base += byBase;
    slope += bySlope;
    if (Math.abs(byBase) + Math.abs(bySlope) < PRECISE) break;
  }
  return 100 * logistic(base);
}

type Point = { outcome: number; length: number };

/** Gradient of the penalized likelihood over its curvature, of both parameters at once. */
function newtonStep(points: readonly Point[], base: number, slope: number): [number, number] {
  let [byBase, bySlope] = [0, -slope];
  let [baseBase, baseSlope, slopeSlope] = [0, 0, 1];
  for (const { outcome, length } of points) {
    const expected = logistic(base + slope * length);
    const weight = expected * (1 - expected);
    byBase += outcome - expected;
    bySlope += (outcome - expected) * length;
    baseBase += weight;
    baseSlope += weight * length;
    slopeSlope += weight * length * length;
  }
  const determinant = baseBase * slopeSlope - baseSlope ** 2;
  if (!(determinant > 0)) return [0, 0];
  return [
    (slopeSlope * byBase - baseSlope * bySlope) / determinant,
    (baseBase * bySlope - baseSlope * byBase) / determinant,
  ];
}

const logistic = (value: number) => 1 / (1 + Math.exp(-value));

function deviationOf(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
