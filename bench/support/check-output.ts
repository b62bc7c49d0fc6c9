import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { alpacaPrompt } from "../../shared/prompts/alpaca.ts";
import type { InstructionRow } from "./rows.ts";

/** What the output of a job is found to be, row by row. */
export interface OutputFindings {
  /** Records of the output, and rows that it should have and lacks. */
  records: number;
  missing: number;
  /** Lines of responses.jsonl and errors.jsonl whose row another line has already. */
  duplicates: number;
  /** Records whose prompt or place is not that of the dataset, or whose annotation is not the expected one. */
  wrong: number;
  /** Of errors.jsonl: how many rows failed for which reason. */
  failed: Map<string, number>;
  /** The first thing that is not as it should be. */
  first: string;
}

interface Annotated {
  user_prompt: string;
  annotation_original: unknown;
  annotation: unknown;
}

/**
 * Reads a finished job's JSON-lines output and holds it against the dataset: every row that did not fail once, in
 * order, with its own prompt, original and the annotation that `expected` gives.
 */
export async function checkOutput(
  outputFolder: string,
  dataset: Iterable<InstructionRow>,
  expected: (prompt: string) => string,
): Promise<OutputFindings> {
  const findings: OutputFindings = {
    records: 0,
    missing: 0,
    duplicates: 0,
    wrong: 0,
    failed: new Map(),
    first: "",
  };
  const settled = await readSettled(outputFolder, findings);
  const records = lines(join(outputFolder, "reannotated.jsonl"))[Symbol.asyncIterator]();
  let number = 0;
  for (const row of dataset) {
    const place = number++;
    if (settled.failed.has(place)) continue;
    if (!settled.good.has(place)) note(findings, "missing", `row ${place} has no outcome`);
    const next = await records.next();
    if (next.done) {
      note(findings, "missing", `the output ends before row ${place}`);
      continue;
    }
    findings.records += 1;
    const record = JSON.parse(next.value) as Annotated;
    const prompt = alpacaPrompt(row.instruction, row.input);
    if (record.user_prompt !== prompt || record.annotation_original !== row.output) {
      note(findings, "wrong", `record ${findings.records - 1} is not row ${place}`);
    } else if (record.annotation !== expected(prompt)) {
      note(findings, "wrong", `row ${place} has another annotation than the one it was given`);
    }
  }
  while (!(await records.next()).done) note(findings, "wrong", "the output goes on behind the last row");
  return findings;
}

/** Whether all is as it should be. */
export function isRight({ missing, duplicates, wrong }: OutputFindings): boolean {
  return missing + duplicates + wrong === 0;
}

export function sentenceOf(findings: OutputFindings): string {
  const { records, missing, duplicates, wrong, failed, first } = findings;
  const failures = [...failed].map(([reason, count]) => `${count} ${reason}`).join(", ");
  const counts = `${records} records, ${missing} missing, ${duplicates} twice, ${wrong} wrong, failed: ${failures || "none"}`;
  return first === "" ? counts : `${counts}; first: ${first}`;
}

async function readSettled(
  folder: string,
  findings: OutputFindings,
): Promise<{ good: Set<number>; failed: Set<number> }> {
  const good = new Set<number>();
  const failed = new Set<number>();
  for await (const line of lines(join(folder, "responses.jsonl"))) {
    const row = Number(/^\{"row":(\d+)/.exec(line)?.[1] ?? (JSON.parse(line) as { row: number }).row);
    if (good.has(row)) note(findings, "duplicates", `row ${row} has two answers`);
    good.add(row);
  }
  const errors = await readFile(join(folder, "errors.jsonl"), "utf8");
  for (const line of errors.split("\n").filter(Boolean)) {
    const { row, reason } = JSON.parse(line) as { row: number; reason: string };
    if (good.has(row) || failed.has(row)) note(findings, "duplicates", `row ${row} has two outcomes`);
    failed.add(row);
    findings.failed.set(reason, (findings.failed.get(reason) ?? 0) + 1);
  }
  return { good, failed };
}

function note(findings: OutputFindings, kind: "missing" | "duplicates" | "wrong", sentence: string): void {
  findings[kind] += 1;
  if (findings.first === "") findings.first = sentence;
}

async function* lines(path: string): AsyncGenerator<string> {
  for await (const line of createInterface({ input: createReadStream(path) })) if (line !== "") yield line;
}
