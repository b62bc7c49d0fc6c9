import { detectFormat } from "../../../shared/datasets/reading/dataset-format.ts";
import { UserError } from "../../../shared/errors.ts";
import { readRankings, readRatings } from "../../../shared/feedback/feedback.ts";
import { feedbackKind } from "../../../shared/feedback/feedback-kind.ts";
import { placedRows } from "../../../shared/feedback/placed-rows.ts";
import { promptIdentity } from "../../../shared/prompts/prompt-identity.ts";
import type { JudgedEntry } from "./judged-entry.ts";
import { judgedRowEntry } from "./judged-row-entry.ts";
import { isJudgedRow } from "./judged-row-shape.ts";
import type { Observation } from "./observation.ts";

/**
 * The judgements of a file, row by row: what a judge of Assay wrote, or ratings or rankings with or without a header.
 * @throws UserError naming the place
 */
export async function* readJudgedEntries(path: string, signal?: AbortSignal): AsyncGenerator<JudgedEntry> {
  if (await isJudgedFile(path, signal)) {
    for await (const placed of placedRows(path, signal)) yield judgedRowEntry(placed);
    return;
  }
  const kind = await feedbackKind(path, signal);
  if (kind === undefined) {
    throw new UserError(
      `${path} holds no judgements that Assay knows: give what a judge wrote, ratings (instruction,input,output,rating) or rankings (instruction,input,output1,output2,ranking).`,
    );
  }
  const observations = kind === "ratings" ? ratingsIn(path, signal) : rankingsIn(path, signal);
  for await (const observation of observations) {
    yield { observations: [observation], calls: [], judge: null, templates: [], simulated: false };
  }
}

async function isJudgedFile(path: string, signal?: AbortSignal): Promise<boolean> {
  const { format } = await detectFormat(path);
  if (format === "csv" || format === "tsv") return false;
  for await (const { row } of placedRows(path, signal)) return isJudgedRow(row);
  return false;
}

async function* ratingsIn(path: string, signal?: AbortSignal): AsyncGenerator<Observation> {
  for await (const { instruction, input, output, rating } of readRatings(path, signal)) {
    const prompt = promptIdentity(instruction, input);
    const unknown = { model: null, position: null };
    yield { kind: "score", prompt, response: output, aspect: "rating", value: rating, ...unknown };
  }
}

async function* rankingsIn(path: string, signal?: AbortSignal): AsyncGenerator<Observation> {
  for await (const { instruction, input, output1, output2, ranking } of readRankings(path, signal)) {
    const prompt = promptIdentity(instruction, input);
    const unknown = { firstModel: null, secondModel: null, letters: [] };
    yield { kind: "pair", prompt, first: output1, second: output2, ranking, ...unknown };
  }
}
