import { DATA_FILE } from "../../shared/datasets/reading/dataset-format.ts";
import { UserError } from "../../shared/errors.ts";
import { type JudgeReport, measureJudge } from "../evaluation/measures/judge-report.ts";
import { type Consistency, measureConsistency } from "../sparse-feedback/consistency.ts";
import { type DescribedFile, describeFile } from "./describe-file.ts";
import { type JobConfig, readJobConfigs } from "./job-configs.ts";
import type { PublishedFiles } from "./published-files.ts";

/** All that a card says of a dataset; it follows from its files, so that the same files have the same card. */
export interface CardFacts {
  files: DescribedFile[];
  configs: JobConfig[];
  /** Of files that a judge wrote. */
  reports: { path: string; report: JudgeReport }[];
  /** Where there is one file of ratings and one of rankings; why not, if it cannot be measured. */
  consistency: Consistency | string | null;
  simulated: boolean;
}

/** Reads all files through. @throws UserError naming the place of what cannot be read */
export async function gatherCardFacts(published: PublishedFiles, signal?: AbortSignal): Promise<CardFacts> {
  const files: DescribedFile[] = [];
  for (const file of published.files) {
    if (DATA_FILE.test(file.path) && file.size > 0) files.push(await describeFile(file, signal));
  }
  const configs = await readJobConfigs(published);
  const reports: CardFacts["reports"] = [];
  for (const { path, local, holds } of files) {
    if (holds === "judged rows")
      reports.push({ path, report: await measureJudge({ judged: local, signal }) });
  }
  const simulated =
    files.some((file) => file.simulated) || configs.some(({ config }) => config.simulated === true);
  return { files, configs, reports, consistency: await consistencyOf(files, signal), simulated };
}

async function consistencyOf(
  files: readonly DescribedFile[],
  signal?: AbortSignal,
): Promise<CardFacts["consistency"]> {
  const ratings = files.filter(({ holds }) => holds === "ratings");
  const rankings = files.filter(({ holds }) => holds === "rankings");
  if (ratings.length !== 1 || rankings.length !== 1) return null;
  try {
    return await measureConsistency({ ratings: ratings[0]!.local, rankings: rankings[0]!.local, signal });
  } catch (error) {
    if (error instanceof UserError) return "Their ratings and rankings have no pair in common.";
    throw error;
  }
}
