import type { Fault } from "../../datasets/reading/source-row.ts";
import type { Carry } from "../calls/carry.ts";
import type { Item, Response } from "../items/item.ts";
import type { JudgedPart, JudgedRow } from "../judged/judged-row.ts";
import type { MeanOptions } from "../judged/response-means.ts";
import type { Judging } from "../judging.ts";
import type { ReplyFault, Verdict } from "../replies/verdict.ts";
import type { Aspect } from "./aspects.ts";

/** Flags that belong to some methods only. */
export type OwnFlag = "aspects" | "useText" | "orders" | "schema";

/** What one reply says, or why it says nothing. */
export type Read = { verdict: Verdict } | { fault: ReplyFault };

/** What became of an item's calls, by part. */
export interface JudgedParts {
  outcomes: Readonly<Record<string, { verdict: Verdict } | { fault: Fault }>>;
  /** The same as the row shows them. */
  parts: Readonly<Record<string, JudgedPart>>;
  options: MeanOptions;
}

/** The members of a judged row that say what its judgement is, or why there is none. */
export type Conclusion = Partial<JudgedRow> | Fault;

/** All that a judge method is. No member may be left out, so that nothing that reads them needs a case of its own. */
export interface JudgeMethod {
  /** Flags that are refused where no method that has them is used. */
  flags: readonly OwnFlag[];
  /** Which templates a job needs, by name. @param aspects that the user asked for */
  templateNames(aspects: readonly Aspect[] | null): readonly string[];
  /** Assay's own templates by those names; none where each user must give one. */
  templates: Readonly<Record<string, string>>;
  /** Placeholders without which a template misses its matter; of several in one list, one is enough. */
  placeholders: readonly (readonly [string, ...string[]])[];
  /** The answer is JSON in a schema that the user gives. */
  answersInSchema: boolean;

  /** Columns of a CSV that has no header; null: it must have one. */
  headerless: readonly string[] | null;
  /** A row's reference matters: one that is no text is a fault. */
  needsReference: boolean;
  /** The items that are judged of a row, in their order. @throws RowFault where the row has too few responses */
  split(item: Item): Item[];
  /** Why an item cannot be judged so, if it cannot; `message` goes on from its place. */
  itemFault(judging: Judging, item: Item): Fault | undefined;

  /** The calls that an item's judgement needs, each by its name, in the order in which they are numbered. */
  parts(judging: Judging, item: Item): string[];
  /** The texts that are judged; indices of `order` are theirs. */
  shown(item: Item): readonly Response[];
  /** The order in which the texts are shown. */
  order(judging: Judging, item: Item, part: string): number[];

  /** What a reply that is not empty says. Total, in time that grows with the text's length only; nothing is guessed. */
  read(carry: Carry, text: string): Read;
  /** The form of a reply, in the words in which a judge is asked again. */
  form(carry: Carry): string;
  /** What the verdicts on an item's parts come to. */
  conclude(judged: JudgedParts): Conclusion;

  /** Which members a judged row has: scores of its responses (`means`), a `ranking` of two, or an `answer`. */
  verdict: "scores" | "ranking" | "answer";
  /** Parts whose scores reports call by another name. */
  scoreNames: Readonly<Record<string, string>>;
  /** Parts whose replies `assay preferences` finds in the results of a batch by their custom ids. */
  inBatches: readonly string[];
}
