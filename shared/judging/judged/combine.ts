import type { Fault } from "../../datasets/reading/source-row.ts";
import type { Carry } from "../calls/carry.ts";
import type { Item } from "../items/item.ts";
import { METHOD_TABLE } from "../methods/method-table.ts";
import type { Verdict } from "../replies/verdict.ts";
import type { JudgedPart, JudgedRow } from "./judged-row.ts";
import type { MeanOptions } from "./response-means.ts";

/** What became of one call: what it carried, what was replied, and what was read in it or why nothing could be. */
export type PartOutcome = { carry: Carry; reply: string | null } & ({ verdict: Verdict } | { fault: Fault });

/**
 * The judged row of an item, from what became of each of its parts. A part without a verdict is a missing value; the row
 * is a fault where its method concludes nothing: no part has a verdict, or one order of a pair has none.
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
  const concluded = METHOD_TABLE[first.carry.method].conclude({ outcomes, parts, options });
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

/** Without the members that are undefined. */
function present<Members extends object>(
  members: Members,
): { [Name in keyof Members]?: NonNullable<Members[Name]> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;
}
