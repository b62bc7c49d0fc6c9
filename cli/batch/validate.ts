import { EXIT } from "../../shared/errors.ts";
import { type FileReport, validateRequestFile } from "../../tools/batch-files/validate-file.ts";
import { count, counted } from "../view/amounts.ts";
import { print, printJson, tell } from "../view/terminal.ts";

/** Faults shown to a person; a program gets more of them. */
const MOST_SHOWN = 20;

/** @returns the exit code */
export async function runValidate(file: string, flags: { json?: boolean }): Promise<number> {
  const report = await validateRequestFile(file);
  if (flags.json) printJson({ file, ...report });
  else if (report.faultCount === 0) print(reportLine(file, report));
  if (report.faultCount > 0) tellFaults(file, report);
  return report.faultCount > 0 ? EXIT.badInput : EXIT.done;
}

/** What is wrong, a sentence a line; of a file that holds something else what its first line lacks is enough. */
export function tellFaults(file: string, report: FileReport): void {
  const { faults, faultCount, requests, sound } = report;
  const isOther = sound === 0 && requests > MOST_SHOWN;
  const shown = isOther ? faults.filter(({ line }) => line === faults[0]!.line) : faults.slice(0, MOST_SHOWN);
  for (const { line, message } of shown) {
    tell(`Error: ${file}${line > 0 ? ` line ${line}` : ""} ${message}.`);
  }
  if (isOther) {
    tell(
      `Error: none of the ${count(requests)} lines of ${file} is a request of the Batch API: \`assay batch create-input\` makes them of the rows of a file.`,
    );
    return;
  }
  if (faultCount > MOST_SHOWN)
    tell(`Error: ${file} has ${counted(faultCount - MOST_SHOWN, "further fault", "further faults")}.`);
}

function reportLine(file: string, { requests, bytes, model, endpoint }: FileReport): string {
  return `${file}: ${counted(requests, "request", "requests")} of ${model ?? "the default model"} to ${endpoint}, ${fileSize(bytes)}, no fault`;
}

/** 987 bytes, 12.3 kB, 4.56 MB, 180 MB */
export function fileSize(bytes: number): string {
  if (bytes < 1000) return counted(bytes, "byte", "bytes");
  const [divisor, unit] = bytes < 1e6 ? [1e3, "kB"] : [1e6, "MB"];
  return `${Number((bytes / divisor).toPrecision(3))} ${unit}`;
}
