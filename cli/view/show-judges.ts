import type { JudgesAgreement } from "../../tools/evaluation/measures/judges-agreement.ts";
import { count } from "./amounts.ts";
import { print, table } from "./terminal.ts";

/** Agreement of several judges: all at once, then each two. */
export function showJudges({ aspects, judges }: JudgesAgreement): void {
  print(
    table(
      ["aspect", "judges", "compared", "alpha", "ordinal", "interval"],
      aspects.map((one) => [
        one.aspect,
        count(one.judges),
        count(one.compared),
        ...[one.alphaNominal, one.alphaOrdinal, one.alphaInterval].map(coefficient),
      ]),
    ),
  );
  print("");
  const numbers = new Map(judges.map(({ path }, at) => [path, String(at + 1)]));
  print(
    table(
      ["aspect", "judges", "compared", "equal", "kappa", "quadratic", "ordinal"],
      aspects.flatMap(({ aspect, pairs }) =>
        pairs.map((pair) => [
          aspect,
          `${numbers.get(pair.first)}, ${numbers.get(pair.second)}`,
          count(pair.compared),
          pair.percentage === null ? "-" : `${pair.percentage.toFixed(2)} %`,
          ...[pair.kappa, pair.kappaQuadratic, pair.alphaOrdinal].map(coefficient),
        ]),
      ),
    ),
  );
  for (const { path } of judges) print(`${numbers.get(path)}: ${path}`);
}

const coefficient = (value: number | null) => (value === null ? "-" : value.toFixed(3));
