import { openaiEndpoint } from "../../shared/annotators/registry/endpoint.ts";
import { EXIT, UserError } from "../../shared/errors.ts";
import { interruptible } from "../batch/interruptible.ts";
import type { CliConfig } from "../config.ts";
import { registryHere } from "../flags/check-annotator.ts";
import { findAnnotatorsFile } from "../flags/find-annotators-file.ts";
import { openSimulator } from "../jobs/simulator-alone.ts";
import type { LineFlags, TypedJob } from "../jobs/typed-by-flags.ts";
import { tell } from "../view/terminal.ts";
import { jobsHere } from "./jobs-here.ts";
import { dryRun, preview } from "./preview.ts";

const MOST_PREVIEWS = 100;

interface Line {
  flags: LineFlags;
  config: CliConfig;
  /** The file of annotators where a file of models describes some. */
  annotators: string | undefined;
}

/** Shows the first requests of a typed job, or makes its first calls, without a system. @returns the exit code */
export async function askHere(
  way: "dryRun" | "preview",
  kind: string,
  { message }: TypedJob,
  { flags, config, annotators }: Line,
): Promise<number> {
  const most = way === "preview" ? rowsOf(flags.preview!) : 0;
  const file = annotators ?? findAnnotatorsFile(config, flags.annotators);
  await using simulator = flags.simulator && way === "preview" ? await openSimulator(config.home) : undefined;
  const registry = registryHere(file, { ...config, openaiBaseUrl: simulator?.url ?? config.openaiBaseUrl });
  const { jobs, faults } = await jobsHere(kind, message, registry);
  for (const fault of faults) tell(`Left out: ${fault}`);
  const simulated = simulator && { baseUrl: openaiEndpoint(simulator.url), key: simulator.key };
  const asking = { most, json: flags.json ?? false, simulated };
  await interruptible(
    (signal) => (way === "dryRun" ? dryRun(jobs, signal) : preview(jobs, asking, signal)),
    () => (way === "dryRun" ? "no call was made" : "nothing was stored"),
  );
  return EXIT.done;
}

function rowsOf(text: string): number {
  const rows = Number(text);
  if (Number.isInteger(rows) && rows >= 1 && rows <= MOST_PREVIEWS) return rows;
  throw new UserError(
    `--preview is ${JSON.stringify(text)}: give a whole number of rows from 1 to ${MOST_PREVIEWS}.`,
  );
}
