import { AtomicFile } from "../../shared/datasets/writing/atomic-file.ts";
import { UserError } from "../../shared/errors.ts";
import { type RankedPair, readRankings } from "../../shared/feedback/feedback.ts";
import { keyOf } from "../../shared/feedback/prompt-index.ts";
import { alpacaPrompt } from "../../shared/prompts/alpaca.ts";
import { refuseOverwriting } from "./csv-output.ts";

export interface PairsWritten {
  output: string;
  rows: number;
  prompts: number;
  pairs: number;
  /** Rows that are equal to an earlier one in every column. */
  repeated: number;
  /** Rows without a preference. */
  equal: number;
  /** Rows that prefer a text to itself. */
  identical: number;
  /** Prompts of which no pair is left. */
  promptsWithoutPair: number;
  /** Pairs whose opposite is there too: both are kept. */
  contradicting: number;
}

/**
 * Turns rankings into the pairs that a reward model is trained on: JSON {prompt: {"sentences": [[preferred, other], ...]}},
 * a prompt a line, prompts and pairs in the order of the rankings. The prompt is the Alpaca prompt ending in
 * "### Response: ", with the one space after it that this family's trainers expect. Holds all pairs in memory.
 * @throws UserError naming the place, or if there is no pair
 */
export async function writePreferencePairs(options: {
  input: string;
  output: string;
  signal?: AbortSignal | undefined;
}): Promise<PairsWritten> {
  const { input, output, signal } = options;
  refuseOverwriting(output, [input]);
  const { sentences, ...counts } = await preferencePairs(readRankings(input, signal));
  if (counts.pairs === 0) {
    throw new UserError(
      `${input} has no pair: all of its rows are ranked equal or compare a text with itself. Give a file with preferences.`,
    );
  }
  await using file = await AtomicFile.create(output);
  let before = "{\n";
  for (const [prompt, pairs] of sentences) {
    file.append(`${before}${JSON.stringify(prompt)}: ${JSON.stringify({ sentences: pairs })}`);
    before = ",\n";
    if (file.full) await file.flush();
  }
  file.append("\n}\n");
  await file.commit();
  return { output, ...counts };
}

type Pair = [preferred: string, other: string];

async function preferencePairs(rankings: AsyncIterable<RankedPair>) {
  const prompts = new Set<string>();
  const sentences = new Map<string, Pair[]>();
  const rowsSeen = new Set<string>();
  const pairsSeen = new Set<string>();
  const counts = { rows: 0, pairs: 0, repeated: 0, equal: 0, identical: 0, contradicting: 0 };
  for await (const { instruction, input, output1, output2, ranking } of rankings) {
    counts.rows += 1;
    const row = keyOf(instruction, input, output1, output2, ranking);
    if (rowsSeen.has(row)) {
      counts.repeated += 1;
      continue;
    }
    rowsSeen.add(row);
    const prompt = `${alpacaPrompt(instruction, input)} `;
    prompts.add(prompt);
    if (ranking === "equal") {
      counts.equal += 1;
      continue;
    }
    if (output1 === output2) {
      counts.identical += 1;
      continue;
    }
    const pair: Pair = ranking === "(a)" ? [output1, output2] : [output2, output1];
    counts.pairs += 1;
    if (pairsSeen.has(keyOf(prompt, pair[1], pair[0]))) counts.contradicting += 1;
    pairsSeen.add(keyOf(prompt, ...pair));
    const pairs = sentences.get(prompt);
    if (pairs) pairs.push(pair);
    else sentences.set(prompt, [pair]);
  }
  return {
    ...counts,
    sentences,
    prompts: sentences.size,
    promptsWithoutPair: prompts.size - sentences.size,
  };
}
