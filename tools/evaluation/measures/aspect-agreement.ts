import type { Judgements } from "../judged/judged-file.ts";
import {
  anyDisagreement,
  cohensKappa,
  type Disagreement,
  linearDisagreement,
  quadraticDisagreement,
} from "../statistics/cohens-kappa.ts";
import { krippendorffsAlpha, type ScaleLevel } from "../statistics/krippendorffs-alpha.ts";
import { PairCounts } from "../statistics/pair-counts.ts";
import { type Interval, shareInterval } from "../statistics/share-interval.ts";

export interface AspectAgreement {
  aspect: string;
  /** Things to which both judges gave a value. */
  compared: number;
  /** Compared things with the same value from both. */
  equal: number;
  /** Percent of the compared things, with its 95 % interval; null where none were. */
  percentage: number | null;
  interval: Interval | null;
  /** Cohen's, null where it is not defined: values that are no categories, or but one that all have. */
  kappa: number | null;
  kappaLinear: number | null;
  kappaQuadratic: number | null;
  /** Krippendorff's, null where no two values differ. */
  alphaNominal: number | null;
  alphaOrdinal: number | null;
  alphaInterval: number | null;
  /** Mean values of the compared things. */
  means: { first: number; second: number } | null;
  /** How often the first judge gave `values[i]` where the second gave `values[j]`; null if there are too many values. */
  table: { values: number[]; counts: number[][] } | null;
  excluded: {
    onlyFirst: number;
    onlySecond: number;
    /** Judged by both, and found not to be applicable by one or both. */
    notApplicable: number;
  };
}

/** More values than this are measurements, not categories: kappa would say little and take the square of their number. */
const MOST_CATEGORIES = 101;
/** A table with more would not be read. */
const MOST_IN_TABLE = 21;

/** How far two judges agree on an aspect, by the things that both of them judged. */
export function agreementOn(aspect: string, first: Judgements, second: Judgements): AspectAgreement {
  const { pairs, excluded } = join(first, second);
  const values = pairs.values();
  let equal = 0;
  for (const value of values) equal += pairs.count(value, value);
  const compared = pairs.total;
  const areCategories = values.length <= MOST_CATEGORIES && values.every(Number.isInteger);
  const kappa = (disagreement: Disagreement) => (areCategories ? cohensKappa(pairs, disagreement) : null);
  const units = [...pairs.cells()].map((cell) => ({ values: [cell.first, cell.second], count: cell.count }));
  const alpha = (level: ScaleLevel) => krippendorffsAlpha(units, level);
  return {
    aspect,
    compared,
    equal,
    percentage: compared === 0 ? null : (100 * equal) / compared,
    interval: shareInterval(equal, compared),
    kappa: kappa(anyDisagreement),
    kappaLinear: kappa(linearDisagreement),
    kappaQuadratic: kappa(quadraticDisagreement),
    alphaNominal: alpha("nominal"),
    alphaOrdinal: alpha("ordinal"),
    alphaInterval: alpha("interval"),
    means: meansOf(pairs),
    table: values.length > MOST_IN_TABLE ? null : { values, counts: tableOf(pairs, values) },
    excluded,
  };
}

function join(first: Judgements, second: Judgements) {
  const pairs = new PairCounts();
  const excluded = { onlyFirst: 0, onlySecond: 0, notApplicable: 0 };
  for (const [key, one] of first) {
    const other = second.get(key);
    if (other === undefined) excluded.onlyFirst += 1;
    else if (one === null || other === null) excluded.notApplicable += 1;
    else pairs.add(one, other);
  }
  excluded.onlySecond = second.size - (first.size - excluded.onlyFirst);
  return { pairs, excluded };
}

function meansOf(pairs: PairCounts): AspectAgreement["means"] {
  if (pairs.total === 0) return null;
  let [first, second] = [0, 0];
  for (const cell of pairs.cells()) {
    first += cell.count * cell.first;
    second += cell.count * cell.second;
  }
  return { first: first / pairs.total, second: second / pairs.total };
}

function tableOf(pairs: PairCounts, values: readonly number[]): number[][] {
  return values.map((first) => values.map((second) => pairs.count(first, second)));
}
