import type { Agreement } from "../evaluation/measures/agreement.ts";
import type { AspectAgreement } from "../evaluation/measures/aspect-agreement.ts";
import { count, fixed, interval, percent } from "./amounts.ts";
import { heatTable } from "./charts/heat-table.ts";
import { numberTable } from "./charts/number-table.ts";
import { shareChart } from "./charts/share-chart.ts";
import { type Html, html } from "./html.ts";
import { page, section } from "./page.ts";

/** Agreement of two judges as one HTML file. */
export function agreementPage(measured: Agreement): string {
  const { first, second, aspects, of } = measured;
  return page({
    title: "Agreement of two judges",
    subtitle: `${of}: ${first.path} and ${second.path}`,
    simulated: first.simulated || second.simulated,
    body: [figures(measured), ...aspects.map((one) => confusion(one, measured)), leftOut(measured)],
  });
}

function figures({ aspects }: Agreement): Html {
  const shares = aspects.map(({ aspect, compared, percentage, interval: bounds }) => ({
    name: aspect,
    percent: percentage,
    interval: bounds,
    note: `n ${count(compared)}`,
  }));
  const coefficients = ["kappa", "kappaLinear", "kappaQuadratic"] as const;
  const alphas = ["alphaNominal", "alphaOrdinal", "alphaInterval"] as const;
  return section(
    "How far they agree",
    html`<p>The share of equal verdicts with its 95 % interval, and coefficients that take off what chance alone would give: 1 is full agreement, 0 no more than chance. Linear and quadratic kappa, and the ordinal and interval alpha, count a near miss as less than a far one.</p>`,
    shareChart({ id: "equal", title: "Equal verdicts", bars: shares }),
    numberTable(
      "Equal verdicts",
      ["aspect", "compared", "equal", "share", "95 %", "mean, first", "mean, second"],
      aspects.map((one) => [
        one.aspect,
        count(one.compared),
        count(one.equal),
        percent(one.percentage),
        interval(one.interval),
        fixed(one.means?.first ?? null),
        fixed(one.means?.second ?? null),
      ]),
    ),
    numberTable(
      "Cohen's kappa and Krippendorff's alpha",
      ["aspect", "kappa", "linear", "quadratic", "alpha", "ordinal", "interval"],
      aspects.map((one) => [one.aspect, ...[...coefficients, ...alphas].map((name) => fixed(one[name], 3))]),
    ),
  );
}

function confusion({ aspect, table }: AspectAgreement, { of, first, second }: Agreement): Html {
  if (table === null) {
    return section(aspect, html`<p>It has too many different values for a table.</p>`);
  }
  const names = table.values.map((value) => (of === "rankings" ? nameOf(value) : String(value)));
  return section(
    aspect,
    heatTable({
      caption: `How often ${first.path} said what stands at the left where ${second.path} said what stands above`,
      rowsAre: "first",
      columnsAre: "second",
      rows: names,
      columns: names,
      counts: table.counts,
    }),
  );
}

/** Pairs are compared in one order of their responses, so that letters would mean nothing to a reader. */
function nameOf(value: number): string {
  return value === 0 ? "equal" : value > 0 ? "one" : "the other";
}

function leftOut({ aspects, first, second }: Agreement): Html {
  return section(
    "Left out",
    numberTable(
      "Judgements that could not be compared",
      ["aspect", "only in the first file", "only in the second", "N/A in one of them"],
      aspects.map(({ aspect, excluded }) => [
        aspect,
        count(excluded.onlyFirst),
        count(excluded.onlySecond),
        count(excluded.notApplicable),
      ]),
    ),
    numberTable(
      "Judgements of a thing that its file has judged before; the first counts",
      ["file", "judgements", "repeated", "with another verdict"],
      [first, second].map(({ path, judgements, repeated, conflicting }) => [
        path,
        ...[judgements, repeated, conflicting].map(count),
      ]),
    ),
  );
}
