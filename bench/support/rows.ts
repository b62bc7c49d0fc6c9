import { once } from "node:events";
import { createWriteStream, existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createRandom, type Random } from "../../shared/random.ts";

/** A record of the CodeAlpaca form. */
export interface InstructionRow {
  instruction: string;
  input: string;
  output: string;
}

/** Characters of the three columns. */
type Lengths = [instruction: number, input: number, output: number];

export const CODEALPACA_ROWS = 20_022;
const SAMPLE = fileURLToPath(new URL("../../../shared/data/codealpaca/code_alpaca_2k.json", import.meta.url));
const WORDS =
  "write a function that returns the sum of two lists and print each value of an array in reverse order using recursion or find how many times this string occurs inside another one then explain why it works for empty input create class with method to sort numbers by key given table query select rows where price is above average convert code from one language into other without changing what does".split(
    " ",
  );
const CORPUS_CHARACTERS = 1 << 16;

/**
 * Rows like CodeAlpaca's, each different, the same for equal seeds. Lengths are those of real rows where the sample is
 * at hand, else drawn from distributions of that shape.
 */
export function* instructionRows(count: number, seed = 1): Generator<InstructionRow> {
  const random = createRandom(seed, 0x2545f491, 0x6c078965);
  const lengths = lengthsOf(random);
  const corpus = corpusOf(random);
  for (let row = 0; row < count; row++) {
    const [instruction, input, output] = lengths();
    yield {
      instruction: `${row}. ${text(corpus, random, instruction)}`,
      input: text(corpus, random, input),
      output: text(corpus, random, output),
    };
  }
}

/** Rows of a few dozen bytes, where nothing but the number of rows counts. */
export function* smallRows(count: number): Generator<InstructionRow> {
  for (let row = 0; row < count; row++) {
    yield { instruction: `Say what comes after ${row}.`, input: "", output: "" };
  }
}

/** Rows without input whose prompts differ little in length, so that it is the answers that decide on tokens. */
export function* shortRows(count: number, seed = 1): Generator<InstructionRow> {
  const random = createRandom(seed, 0x2545f491, 0x6c078965);
  const corpus = corpusOf(random);
  for (let row = 0; row < count; row++) {
    yield { instruction: `${row}. ${text(corpus, random, 30 + random() * 40)}`, input: "", output: "" };
  }
}

/** Writes rows as JSON lines. */
export async function writeRows(path: string, rows: Iterable<object>): Promise<void> {
  const file = createWriteStream(path);
  let block = "";
  for (const row of rows) {
    block += `${JSON.stringify(row)}\n`;
    if (block.length < 1 << 18) continue;
    if (!file.write(block)) await once(file, "drain");
    block = "";
  }
  file.end(block);
  await once(file, "close");
}

function lengthsOf(random: Random): () => Lengths {
  if (!existsSync(SAMPLE)) return () => drawnLengths(random);
  const sample = JSON.parse(readFileSync(SAMPLE, "utf8")) as InstructionRow[];
  const lengths = sample.map((row): Lengths => [row.instruction.length, row.input.length, row.output.length]);
  return () => lengths[Math.floor(random() * lengths.length)]!;
}

/** Half of the rows have no input; instructions vary little, outputs much. */
function drawnLengths(random: Random): Lengths {
  const input = random() < 0.5 ? 0 : lognormal(random, 50, 0.8);
  return [lognormal(random, 69, 0.3), input, lognormal(random, 134, 1)];
}

function lognormal(random: Random, median: number, sigma: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return Math.round(median * Math.exp(sigma * radius * Math.cos(2 * Math.PI * random())));
}

function corpusOf(random: Random): string {
  let corpus = "";
  while (corpus.length < CORPUS_CHARACTERS) corpus += `${WORDS[Math.floor(random() * WORDS.length)]} `;
  return corpus;
}

function text(corpus: string, random: Random, length: number): string {
  const start = Math.floor(random() * (corpus.length - length));
  return corpus.slice(start, start + length).trim();
}
