import { UserError } from "../../shared/errors.ts";
import type { Agreement } from "../../tools/evaluation/measures/agreement.ts";
import type { AspectAgreement } from "../../tools/evaluation/measures/aspect-agreement.ts";
import { interruptible } from "../batch/interruptible.ts";
import { requiredFlag } from "../batch/required-flag.ts";
import type { AssayCommand } from "../flags/command-line.ts";
import { tellIf } from "../sparse-feedback/tell-if.ts";
import { count } from "../view/amounts.ts";
import { showJudges } from "../view/show-judges.ts";
import { print, printJson, table } from "../view/terminal.ts";
import { writePage } from "../view/write-page.ts";

interface AgreementFlags {
  input1?: string;
  input2?: string;
  inputs?: string[];
  aspect1?: string;
  aspect2?: string;
  html?: string;
  json?: boolean;
}

/** Compares the judgements of two judges, or of a judge and a human. No system is needed. */
export function addAgreement(program: AssayCommand): void {
  program
    .command("agreement")
    .summary("how far judges, or a judge and a human, agree")
    .description("Says how far two judges, or a judge and a human, agree: see docs/evaluation.md.")
    .option("--input1 <file>", "what a judge wrote, or ratings or rankings, with or without a header")
    .option("--input2 <file>", "another judge's of the same prompts and responses")
    .option("--inputs <file...>", "files of three judges or more, instead of --input1 and --input2")
    .option("--aspect1 <name>", "compare this aspect of the first file ...")
    .option("--aspect2 <name>", "... with this one of the second (default: all that both have)")
    .option("--html <file>", "write a page with tables of who said what, too")
    .option("--json", "as one JSON object")
    .action(async (flags: AgreementFlags) => {
      if (flags.inputs !== undefined) {
        await ofSeveral(flags.inputs, flags);
        return;
      }
      const { measureAgreement } = await import("../../tools/evaluation/measures/agreement.ts");
      const files = {
        first: requiredFlag("input1", flags.input1, "name a judge's file"),
        second: requiredFlag("input2", flags.input2, "name the other judge's file"),
      };
      const aspects = { firstAspect: flags.aspect1, secondAspect: flags.aspect2 };
      const measured = await interruptible((signal) => measureAgreement({ ...files, ...aspects, signal }));
      if (flags.json) printJson(measured);
      else show(measured);
      if (flags.html === undefined) return;
      const { agreementPage } = await import("../../tools/report/agreement-page.ts");
      await writePage(flags.html, [files.first, files.second], agreementPage(measured));
    });
}

async function ofSeveral(inputs: string[], flags: AgreementFlags): Promise<void> {
  const other = (["input1", "input2", "aspect1", "aspect2"] as const).find(
    (name) => flags[name] !== undefined,
  );
  if (other !== undefined) {
    throw new UserError(
      `--${other} is about two files: give all files with --inputs, or two with --input1 and --input2.`,
    );
  }
  if (inputs.length < 2) throw new UserError("--inputs names one file: name those of two judges or more.");
  const { measureJudges } = await import("../../tools/evaluation/measures/judges-agreement.ts");
  const measured = await interruptible((signal) => measureJudges(inputs, signal));
  if (flags.json) printJson(measured);
  else showJudges(measured);
  if (flags.html === undefined) return;
  const { judgesPage } = await import("../../tools/report/judges-page.ts");
  await writePage(flags.html, inputs, judgesPage(measured));
}

function show({ aspects, first, second }: Agreement): void {
  print(
    table(
      ["aspect", "compared", "equal", "95 %", "kappa", "linear", "quadratic", "alpha", "ordinal", "interval"],
      aspects.map(rowOf),
    ),
  );
  for (const { aspect, excluded } of aspects) {
    const of = aspects.length > 1 ? ` of ${aspect}` : "";
    tellIf(
      excluded.onlyFirst,
      `judgement${of} is not compared: only ${first.path} has it`,
      `judgements${of} are not compared: only ${first.path} has them`,
    );
    tellIf(
      excluded.onlySecond,
      `judgement${of} is not compared: only ${second.path} has it`,
      `judgements${of} are not compared: only ${second.path} has them`,
    );
    tellIf(
      excluded.notApplicable,
      `judgement${of} is not compared: one of the two is N/A`,
      `judgements${of} are not compared: one of them is N/A`,
    );
  }
  for (const { path, repeated, conflicting } of [first, second]) {
    const how = `${count(conflicting)} with another verdict; the first counts`;
    tellIf(
      repeated,
      `judgement of ${path} repeats an earlier one, ${how}`,
      `judgements of ${path} repeat an earlier one, ${how}`,
    );
  }
}

function rowOf(one: AspectAgreement): string[] {
  const [low, high] = one.interval ?? [];
  return [
    one.aspect,
    count(one.compared),
    percent(one.percentage),
    low === undefined || high === undefined ? "-" : `${low.toFixed(1)}-${high.toFixed(1)} %`,
    ...[one.kappa, one.kappaLinear, one.kappaQuadratic].map(coefficient),
    ...[one.alphaNominal, one.alphaOrdinal, one.alphaInterval].map(coefficient),
  ];
}

const percent = (value: number | null) => (value === null ? "-" : `${value.toFixed(2)} %`);
const coefficient = (value: number | null) => (value === null ? "-" : value.toFixed(3));
