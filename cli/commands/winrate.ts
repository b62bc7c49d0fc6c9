import { UserError } from "../../shared/errors.ts";
import type { RankingsWinRate, RatingsWinRate } from "../../tools/sparse-feedback/win-rate.ts";
import { interruptible } from "../batch/interruptible.ts";
import { requiredFlag } from "../batch/required-flag.ts";
import type { AssayCommand } from "../flags/command-line.ts";
import { tellIf } from "../sparse-feedback/tell-if.ts";
import { count } from "../view/amounts.ts";
import { print, printJson, tell } from "../view/terminal.ts";
import { writePage } from "../view/write-page.ts";

interface WinrateFlags {
  method?: string;
  input?: string;
  input1?: string;
  input2?: string;
  lengthControlled?: boolean;
  html?: string;
  json?: boolean;
}

/** Compares an aligned model with a reference model by a judge's feedback. No system is needed. */
export function addWinrate(program: AssayCommand): void {
  program
    .command("winrate")
    .summary("how often an aligned model beats a reference model")
    .description("Says how often an aligned model beats a reference model: see docs/sparse-feedback.md.")
    .option("--method <method>", "ratings, rankings or preferences (of AlpacaEval, by probability)")
    .option("--input1 <file>", "ratings of the reference model")
    .option("--input2 <file>", "ratings of the aligned model")
    .option("--input <file>", "rankings, the aligned model's output second")
    .option("--length-controlled", "of rankings: as if both models' outputs were equally long")
    .option("--html <file>", "write it as a page, too")
    .option("--json", "as one JSON object")
    .action(async (flags: WinrateFlags) => {
      if (flags.method === "preferences" || flags.lengthControlled) {
        await weighted(flags);
        return;
      }
      const measured = await measure(flags);
      if (flags.json) printJson(measured);
      else show(measured);
      if (flags.html === undefined) return;
      const files = [flags.input, flags.input1, flags.input2].filter((path) => path !== undefined);
      const { areSimulated } = await import("../../tools/evaluation/judged/simulated-files.ts");
      const { winRatePage } = await import("../../tools/report/win-rate-page.ts");
      const simulated = await areSimulated(files);
      await writePage(flags.html, files, winRatePage({ files, simulated }, measured));
    });
}

/** Win rates that weigh lengths, or how sure the judge was. */
async function weighted(flags: WinrateFlags): Promise<void> {
  const { lengthControlledOfRankings, winRateOfPreferences } = await import(
    "../../tools/sparse-feedback/weighted-win-rate.ts"
  );
  if (flags.html !== undefined) {
    throw new UserError(
      "--html draws win rates of ratings and rankings without --length_controlled: leave it out.",
    );
  }
  refuse(flags, ["input1", "input2"], "both models' outputs are in one file: give it as --input");
  if (flags.method !== "preferences" && flags.method !== "rankings") {
    throw new UserError(
      "--length_controlled needs both outputs beside each other: give --method rankings or preferences.",
    );
  }
  const input = requiredFlag("input", flags.input, "name a file with both models' outputs");
  const read = flags.method === "rankings" ? lengthControlledOfRankings : winRateOfPreferences;
  const measured = await interruptible((signal) => read({ input, signal }));
  if (flags.json) {
    printJson(measured);
    return;
  }
  const { winRate, margin, lengthControlled, n } = measured;
  const interval = margin === null ? "" : ` +- ${margin.toFixed(2)}`;
  print(`Win rate: ${winRate.toFixed(2)}${interval} % (n = ${count(n)})`);
  print(`Length-controlled: ${lengthControlled.toFixed(2)} %`);
}

async function measure(flags: WinrateFlags): Promise<RankingsWinRate | RatingsWinRate> {
  const method = requiredFlag("method", flags.method, "give ratings, rankings or preferences");
  const { winRateOfRankings, winRateOfRatings } = await import("../../tools/sparse-feedback/win-rate.ts");
  if (method === "rankings") {
    refuse(flags, ["input1", "input2"], "rankings compare two models in one file: give it as --input");
    const input = requiredFlag("input", flags.input, "name a file of rankings");
    return await interruptible((signal) => winRateOfRankings({ input, signal }));
  }
  if (method !== "ratings") {
    throw new UserError(`--method is ${JSON.stringify(method)}: give ratings, rankings or preferences.`);
  }
  refuse(flags, ["input"], "ratings are one file a model: give them as --input1 and --input2");
  const reference = requiredFlag("input1", flags.input1, "name the reference model's ratings");
  const aligned = requiredFlag("input2", flags.input2, "name the aligned model's ratings");
  return await interruptible((signal) => winRateOfRatings({ reference, aligned, signal }));
}

function refuse(flags: WinrateFlags, names: ("input" | "input1" | "input2")[], why: string): void {
  const given = names.find((name) => flags[name] !== undefined);
  if (given !== undefined) throw new UserError(`--${given} does not belong to this method: ${why}.`);
}

function show(measured: RankingsWinRate | RatingsWinRate): void {
  const { winRate, margin, n, wins, ties, losses } = measured;
  const interval = margin === null ? "" : ` +- ${margin.toFixed(2)}`;
  print(
    `Win rate: ${winRate.toFixed(2)}${interval} % (n = ${count(n)}: ${count(wins)} wins, ${count(ties)} ties, ${count(losses)} losses)`,
  );
  if (margin === null) tell("One comparison has no interval.");
  if ("onlyInReference" in measured) {
    tellIf(
      measured.repeated,
      "rating repeats a prompt of its file; the first counts",
      "ratings repeat a prompt of their file; the first of each counts",
    );
    tellIf(
      measured.onlyInReference,
      "prompt is not compared: only the reference model has a rating there",
      "prompts are not compared: only the reference model has a rating there",
    );
    tellIf(
      measured.onlyInAligned,
      "prompt is not compared: only the aligned model has a rating there",
      "prompts are not compared: only the aligned model has a rating there",
    );
  } else
    tellIf(
      measured.repeated,
      "comparison is a further one of its prompt; it counts",
      "comparisons are further ones of their prompt; each counts",
    );
}
