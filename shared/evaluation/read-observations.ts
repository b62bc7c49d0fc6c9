import { UserError } from "../errors.ts";
import { alpacaPrompt } from "../prompts/alpaca.ts";
import { readRankings, readRatings } from "../sparse-feedback/feedback.ts";
import { feedbackKind } from "../sparse-feedback/feedback-kind.ts";
import type { Observation } from "./observation.ts";

/**
 * The verdicts of a file, in order: ratings or rankings, with or without a header.
 * @throws UserError naming the place
 */
export async function* readObservations(path: string, signal?: AbortSignal): AsyncGenerator<Observation> {
  const kind = await feedbackKind(path, signal);
  if (kind === "ratings") {
    for await (const { instruction, input, output, rating } of readRatings(path, signal)) {
      const prompt = alpacaPrompt(instruction, input);
      yield { kind: "score", prompt, response: output, aspect: "rating", value: rating };
    }
  } else if (kind === "rankings") {
    for await (const { instruction, input, output1, output2, ranking } of readRankings(path, signal)) {
      const prompt = alpacaPrompt(instruction, input);
      yield { kind: "pair", prompt, first: output1, second: output2, ranking };
    }
  } else {
    throw new UserError(
      `${path} holds no judgements that Assay knows: give ratings (instruction,input,output,rating) or rankings (instruction,input,output1,output2,ranking).`,
    );
  }
}
