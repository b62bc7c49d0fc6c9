import type { JudgesAgreement } from "../evaluation/measures/judges-agreement.ts";
import { count, fixed, percent } from "./amounts.ts";
import { numberTable } from "./charts/number-table.ts";
import { html } from "./html.ts";
import { page, section } from "./page.ts";

/** Agreement of several judges as one HTML file. */
export function judgesPage({ of, judges, aspects }: JudgesAgreement): string {
  return page({
    title: `Agreement of ${judges.length} judges`,
    subtitle: `${of}: ${judges.map(({ path }) => path).join(", ")}`,
    simulated: judges.some(({ simulated }) => simulated),
    body: [
      section(
        "All judges",
        html`<p>Krippendorff's alpha over all judges at once: 1 is full agreement, 0 no more than chance. A thing counts where two judges or more gave it a value.</p>`,
        numberTable(
          "Krippendorff's alpha",
          ["aspect", "judges", "compared", "nominal", "ordinal", "interval"],
          aspects.map((one) => [
            one.aspect,
            count(one.judges),
            count(one.compared),
            ...[one.alphaNominal, one.alphaOrdinal, one.alphaInterval].map((alpha) => fixed(alpha, 3)),
          ]),
        ),
      ),
      ...aspects.map(({ aspect, pairs }) =>
        section(
          `Each two on ${aspect}`,
          numberTable(
            "Agreement of two judges",
            ["first", "second", "compared", "equal", "kappa", "quadratic", "ordinal alpha"],
            pairs.map((pair) => [
              pair.first,
              pair.second,
              count(pair.compared),
              percent(pair.percentage),
              ...[pair.kappa, pair.kappaQuadratic, pair.alphaOrdinal].map((value) => fixed(value, 3)),
            ]),
          ),
        ),
      ),
    ],
  });
}
