import { UserError } from "../../shared/errors.ts";
import type { Random } from "../../shared/random.ts";

/** What a length or a delay is drawn from. */
export type Distribution =
  | { kind: "fixed"; value: number }
  | { kind: "uniform"; from: number; to: number }
  | { kind: "lognormal"; median: number; sigma: number };

const UNIT_FACTOR: Record<string, number> = { "": 1, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/**
 * Reads `20`, `uniform:10-50` or `lognormal:200,0.5` (median, sigma). Delays may carry the units `ms`, `s`,
 * `m` and `h`, and come out in milliseconds.
 * @throws UserError that names the text and the three forms.
 */
export function parseDistribution(text: string, what: "delay" | "tokens"): Distribution {
  const quantity = what === "delay" ? "([\\d.]+)(ms|s|m|h|)" : "([\\d.]+)()";
  const match = (pattern: string) => new RegExp(`^${pattern}$`).exec(text.trim());
  const number = (digits: string | undefined, unit = "") => Number(digits) * (UNIT_FACTOR[unit] ?? 1);
  const fixed = match(quantity);
  if (fixed) return checked({ kind: "fixed", value: number(fixed[1], fixed[2]) }, text);
  const uniform = match(`uniform:${quantity}-${quantity}`);
  if (uniform) {
    const from = number(uniform[1], uniform[2]);
    return checked({ kind: "uniform", from, to: number(uniform[3], uniform[4]) }, text);
  }
  const lognormal = match(`lognormal:${quantity},([\\d.]+)`);
  if (!lognormal) throw unreadable(text);
  const median = number(lognormal[1], lognormal[2]);
  return checked({ kind: "lognormal", median, sigma: Number(lognormal[3]) }, text);
}

/** One draw; never negative. */
export function sample(distribution: Distribution, random: Random): number {
  if (distribution.kind === "fixed") return distribution.value;
  if (distribution.kind === "uniform") {
    return distribution.from + random() * (distribution.to - distribution.from);
  }
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return distribution.median * Math.exp(distribution.sigma * radius * Math.cos(2 * Math.PI * random()));
}

function checked(distribution: Distribution, text: string): Distribution {
  const numbers = Object.values(distribution).filter((value) => typeof value === "number");
  const ordered = distribution.kind !== "uniform" || distribution.from <= distribution.to;
  if (!ordered || !numbers.every(Number.isFinite)) throw unreadable(text);
  return distribution;
}

function unreadable(text: string): UserError {
  return new UserError(
    `"${text}" is not a distribution: write a number, uniform:FROM-TO or lognormal:MEDIAN,SIGMA.`,
  );
}
