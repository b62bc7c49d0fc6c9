import type { Fault } from "../../datasets/source-row.ts";
import type { Carry } from "../calls/carry.ts";
import type { Item } from "../items/item.ts";
import type { Method } from "../methods/method.ts";
import type { Letter, Verdict } from "../replies/verdict.ts";
import { type JudgedPart, type JudgedRow, ratingsOf } from "./judged-row.ts";
import { type MeanOptions, responseMeans } from "./response-means.ts";

/** What became of one call: what it carried, what was replied, and what was read in it or why nothing could be. */
export type PartOutcome = { carry: Carry; reply: string | null } & ({ verdict: Verdict } | { fault: Fault });

/**
 * The judged row of an item, from what became of each of its parts. A part without a verdict is a missing value; the row
 * is a fault where nothing can be concluded: no part has a verdict, or one order of a pair has none.
 */
export function combine(
  item: Item,
  outcomes: Readonly<Record<string, PartOutcome>>,
  options: MeanOptions = {},
): { row: JudgedRow } | { fault: Fault } {
  const [first] = Object.values(outcomes);
  if (!first) return { fault: { reason: "not_judged", message: "was not judged" } };
  const parts = Object.fromEntries(
    Object.entries(outcomes).map(([part, outcome]) => [part, judgedPart(outcome)]),
  );
  const concluded = conclusion(first.carry.method, outcomes, parts, options);
  if ("reason" in concluded) return { fault: concluded };
  const { reference, responses } = item;
  const own = {
    id: item.id,
    method: first.carry.method,
    instruction: item.instruction,
    input: item.input,
    models: responses.map(({ model }) => model),
    responses: responses.map(({ text }) => text),
    ...(reference && { reference: reference.text, reference_model: reference.model }),
    order: first.carry.order,
    ...concluded,
    judgements: parts,
  };
  return { row: { ...own, ...besides(item.extra, own) } };
}

/** Members of the item's row, under another name where a judged row has its own of that name. */
function besides(extra: Item["extra"], own: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(extra).map(([name, value]) => [name in own ? `original_${name}` : name, value]),
  );
}

function judgedPart(outcome: PartOutcome): JudgedPart {
  const { order, template } = outcome.carry;
  const told = { order, template, reply: outcome.reply };
  if ("fault" in outcome) return { fault: outcome.fault, ...told };
  const { verdict } = outcome;
  if ("answer" in verdict) return told;
  if ("letter" in verdict) {
    const { letter, rationale } = verdict;
    return { letter, ...(rationale !== undefined && { rationale }), ...told };
  }
  const { ratings } = verdict;
  const column = <Name extends keyof (typeof ratings)[number]>(name: Name) =>
    ratings.some((one) => one[name] !== undefined) ? ratings.map((one) => one[name] ?? null) : undefined;
  const columns = {
    rationales: column("rationale"),
    types: column("types"),
    type_rationales: column("type_rationale"),
  };
  return { ratings: ratings.map(({ rating }) => rating), ...present(columns), ...told };
}

type Conclusion = Partial<JudgedRow> | Fault;

function conclusion(
  method: Method,
  outcomes: Readonly<Record<string, PartOutcome>>,
  parts: Record<string, JudgedPart>,
  options: MeanOptions,
): Conclusion {
  const faults = Object.entries(parts).flatMap(([part, { fault }]) => (fault ? [{ part, ...fault }] : []));
  const isPair = method === "rankings" || method === "pairwise";
  if ("ab" in parts !== "ba" in parts) {
    return { reason: "not_judged", message: "was judged in one of its two orders only" };
  }
  const needed = isPair ? 1 : Object.keys(parts).length;
  if (faults.length >= needed) {
    const [first] = faults;
    return {
      reason: first!.reason,
      message: `has no verdict on ${first!.part}: the reply ${first!.message}`,
    };
  }
  if (isPair) return ranking(outcomes);
  if (method === "custom") return { answer: answerIn(outcomes) };
  const averaged = responseMeans(ratingsOf({ judgements: parts }), options);
  const rating = parts.ratings?.ratings?.[0];
  return method === "ratings" && typeof rating === "number" ? { rating, ...averaged } : averaged;
}

/** Both orders prefer the same one, or it is their place that was preferred: then they are equal. */
function ranking(outcomes: Readonly<Record<string, PartOutcome>>): Partial<JudgedRow> {
  const letters: Record<string, Letter> = {};
  const preferred = new Set<number>();
  for (const [part, outcome] of Object.entries(outcomes)) {
    if (!("verdict" in outcome) || !("letter" in outcome.verdict)) continue;
    letters[part] = outcome.verdict.letter;
    preferred.add(outcome.verdict.preferred);
  }
  const [only] = preferred;
  return { ranking: preferred.size > 1 ? "equal" : only === 0 ? "(a)" : "(b)", letters };
}

function answerIn(outcomes: Readonly<Record<string, PartOutcome>>): unknown {
  return Object.values(outcomes).flatMap((outcome) =>
    "verdict" in outcome && "answer" in outcome.verdict ? [outcome.verdict.answer] : [],
  )[0];
}

/** Without the members that are undefined. */
function present<Members extends object>(
  members: Members,
): { [Name in keyof Members]?: NonNullable<Members[Name]> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;
}
