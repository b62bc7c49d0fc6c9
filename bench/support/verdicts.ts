import type { Observation } from "../../tools/evaluation/judged/observation.ts";
import { readJudgedEntries } from "../../tools/evaluation/judged/read-judged-entries.ts";

/** How the verdicts of one file stand beside those of another about the same responses. */
export interface ComparedVerdicts {
  same: number;
  differing: number;
  /** The other file alone has one. */
  missing: number;
  /** The other file has none. */
  unknown: number;
}

/** Compares verdicts one by one: a score of a response by an aspect, or a ranking of two. */
export async function compareVerdicts(path: string, other: string): Promise<ComparedVerdicts> {
  const expected = await verdictsIn(other);
  const found = await verdictsIn(path);
  const compared = { same: 0, differing: 0, missing: 0, unknown: 0 };
  for (const [about, verdict] of found) {
    const right = expected.get(about);
    compared[right === undefined ? "unknown" : right === verdict ? "same" : "differing"] += 1;
  }
  for (const about of expected.keys()) if (!found.has(about)) compared.missing += 1;
  return compared;
}

/** By what they are about. A mean over aspects is no verdict, and changes where an aspect has none. */
async function verdictsIn(path: string): Promise<Map<string, string>> {
  const verdicts = new Map<string, string>();
  for await (const { observations } of readJudgedEntries(path))
    for (const one of observations)
      if (aboutOf(one) !== undefined) verdicts.set(aboutOf(one)!, verdictOf(one));
  return verdicts;
}

function aboutOf(one: Observation): string | undefined {
  if (one.kind === "pair") return JSON.stringify([one.prompt, one.first, one.second]);
  return one.aspect === "mean"
    ? undefined
    : JSON.stringify([one.prompt, one.response, one.model, one.aspect]);
}

function verdictOf(one: Observation): string {
  return one.kind === "pair" ? one.ranking : String(one.value);
}
