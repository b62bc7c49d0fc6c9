import type { Consistency } from "../../tools/sparse-feedback/consistency.ts";
import { interruptible } from "../batch/interruptible.ts";
import { requiredFlag } from "../batch/required-flag.ts";
import type { AssayCommand } from "../flags/command-line.ts";
import { tellIf } from "../sparse-feedback/tell-if.ts";
import { count } from "../view/amounts.ts";
import { print, printJson, table } from "../view/terminal.ts";
import { writePage } from "../view/write-page.ts";

interface ConsistencyFlags {
  ratingsCsv?: string;
  rankingsCsv?: string;
  html?: string;
  json?: boolean;
}

/** Compares two files of feedback. No system is needed. */
export function addConsistency(program: AssayCommand): void {
  program
    .command("consistency")
    .summary("how often rankings agree with ratings of the same responses")
    .description(
      "Says how often rankings agree with ratings of the same responses: see docs/sparse-feedback.md.",
    )
    .option("--ratings-csv <file>", "instruction,input,output,rating, with or without a header")
    .option("--rankings-csv <file>", "instruction,input,output1,output2,ranking, with or without a header")
    .option("--html <file>", "write it as a page, too")
    .option("--json", "as one JSON object")
    .action(async (flags: ConsistencyFlags) => {
      const { measureConsistency } = await import("../../tools/sparse-feedback/consistency.ts");
      const ratings = requiredFlag("ratings_csv", flags.ratingsCsv, "name a file of ratings");
      const rankings = requiredFlag("rankings_csv", flags.rankingsCsv, "name a file of rankings");
      const measured = await interruptible((signal) => measureConsistency({ ratings, rankings, signal }));
      if (flags.json) printJson(measured);
      else show(measured);
      if (flags.html === undefined) return;
      const { areSimulated } = await import("../../tools/evaluation/judged/simulated-files.ts");
      const { consistencyPage } = await import("../../tools/report/consistency-page.ts");
      const files = { ratings, rankings, simulated: await areSimulated([ratings, rankings]) };
      await writePage(flags.html, [ratings, rankings], consistencyPage(files, measured));
    });
}

function show({ consistency, matches, compared, table: counts, excluded, ...files }: Consistency): void {
  print(`Consistency: ${consistency.toFixed(2)} % (${count(matches)} of ${count(compared)} pairs compared)`);
  const ways = ["(a)", "(b)", "equal"] as const;
  print(
    table(
      ["ratings imply", ...ways.map((way) => `ranked ${way}`)],
      ways.map((implied) => [implied, ...ways.map((ranked) => count(counts[implied][ranked]))]),
    ),
  );
  tellIf(
    excluded.firstUnrated,
    "pair is excluded: its first response has no rating",
    "pairs are excluded: their first response has no rating",
  );
  tellIf(
    excluded.secondUnrated,
    "pair is excluded: its second response has no rating",
    "pairs are excluded: their second response has no rating",
  );
  tellIf(
    excluded.bothUnrated,
    "pair is excluded: neither of its responses has a rating",
    "pairs are excluded: neither of their responses has a rating",
  );
  for (const what of ["ratings", "rankings"] as const) {
    const { repeated, conflicting } = files[what];
    tellIf(
      repeated,
      `${what.slice(0, -1)} repeats an earlier one, ${count(conflicting)} with another verdict; the first counts`,
      `${what} repeat an earlier one, ${count(conflicting)} with another verdict; the first counts`,
    );
  }
}
