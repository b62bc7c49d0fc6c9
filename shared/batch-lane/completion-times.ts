/**
 * How long batches take, as a log-normal distribution: fitted to those that have ended and to how long the others have
 * waited so far (a normal distribution of logarithms with censored values, by expectation and maximization, as for a
 * Tobit model). It is a model for forecasts only; nothing that is paid or kept depends on it.
 */
export interface CompletionTimes {
  mu: number;
  sigma: number;
}

const ROUNDS = 30;
const LEAST_MS = 1;
const LEAST_SIGMA = 0.05;
/** Fewer have no distribution worth speaking of. */
const LEAST_ENDED = 5;

/** @param ended durations in milliseconds @param waiting of those that have not ended, so far */
export function fitCompletionTimes(
  ended: readonly number[],
  waiting: readonly number[],
): CompletionTimes | undefined {
  if (ended.length < LEAST_ENDED) return undefined;
  const logs = ended.map((ms) => Math.log(Math.max(ms, LEAST_MS)));
  const bounds = waiting.map((ms) => Math.log(Math.max(ms, LEAST_MS)));
  let { mu, sigma } = momentsOf(logs, 0);
  for (let round = 0; round < ROUNDS; round += 1) {
    let spread = 0;
    const expected = bounds.map((bound) => {
      const z = (bound - mu) / sigma;
      const hazard = density(z) / Math.max(upperTail(z), 1e-12);
      // Of a normal value above z: its mean is the hazard, its variance 1 + z hazard - hazard^2.
      spread += sigma * sigma * Math.max(0, 1 + z * hazard - hazard * hazard);
      return mu + sigma * hazard;
    });
    ({ mu, sigma } = momentsOf([...logs, ...expected], spread));
  }
  return { mu, sigma };
}

function momentsOf(values: readonly number[], spread: number): CompletionTimes {
  const mu = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mu) ** 2, spread);
  return { mu, sigma: Math.max(Math.sqrt(squares / values.length), LEAST_SIGMA) };
}

/** The share of batches that take longer. */
function shareLonger({ mu, sigma }: CompletionTimes, ms: number): number {
  return upperTail((Math.log(Math.max(ms, LEAST_MS)) - mu) / sigma);
}

/**
 * Milliseconds after which as many are expected to be left as makes an even chance that none is.
 * @param ages milliseconds that each has waited; 0 for one that is not sent yet
 */
export function expectedRemainingMs(times: CompletionTimes, ages: readonly number[]): number {
  const left = (ms: number) =>
    ages.reduce(
      (sum, age) => sum + shareLonger(times, age + ms) / Math.max(shareLonger(times, age), 1e-12),
      0,
    );
  let [low, high] = [0, Math.exp(times.mu)];
  while (left(high) > Math.LN2 && high < LONGEST_MS) high *= 2;
  for (let halving = 0; halving < 40; halving += 1) {
    const middle = (low + high) / 2;
    if (left(middle) > Math.LN2) low = middle;
    else high = middle;
  }
  return high;
}

const LONGEST_MS = 7 * 24 * 3600 * 1000;

const density = (z: number) => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);

/** Of the standard normal distribution, by the continued fraction far out and the error function's series near 0. */
function upperTail(z: number): number {
  if (z < 0) return 1 - upperTail(-z);
  if (z > 3) {
    let fraction = 0;
    for (let term = 40; term >= 1; term -= 1) fraction = term / (z + fraction);
    return density(z) / (z + fraction);
  }
  let term = z;
  let sum = z;
  for (let n = 1; n < 60; n += 1) {
    term *= (-z * z) / (2 * n);
    sum += term / (2 * n + 1);
  }
  return 0.5 - sum / Math.sqrt(2 * Math.PI);
}
