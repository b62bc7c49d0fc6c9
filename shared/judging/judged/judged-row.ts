import type { Letter, ReplyFault } from "../replies/verdict.ts";
import type { RatingsByAspect, ResponseMeans } from "./response-means.ts";

/** What one call gave; lists stand in the order of the row's responses, missing values as null. */
export interface JudgedPart {
  ratings?: (number | null)[];
  rationales?: (string | null)[];
  types?: (number[] | null)[];
  type_rationales?: (string | null)[];
  letter?: Letter;
  rationale?: string;
  /** Why there is no verdict, where there is none. */
  fault?: Pick<ReplyFault, "message"> & { reason: string };
  /** Texts as they were shown: indices of the row's responses; of a pair with a reference, 0 is the reference. */
  order: number[];
  template: { name: string; sha256: string };
  /** As the judge wrote it. */
  reply: string | null;
}

/** An item with its judgement, as a line of a judged file holds it. Members of the item's own row stand beside these. */
export interface JudgedRow extends Partial<ResponseMeans> {
  id: string;
  method: string;
  instruction: string;
  input: string;
  models: (string | null)[];
  responses: string[];
  reference?: string;
  reference_model?: string | null;
  /** Responses as they were shown first, by their indices. */
  order: number[];
  /** Of `ratings`. */
  rating?: number;
  /** Of `rankings` and `pairwise`, in which (a) is the reference. */
  ranking?: Letter | "equal";
  /** Of those: the letters as replied, by order of presentation. */
  letters?: Record<string, Letter>;
  /** Of `custom`. */
  answer?: unknown;
  judgements: Record<string, JudgedPart>;
}

/** The ratings of a judged row by aspect, of parts that have any. */
export function ratingsOf({ judgements }: Pick<JudgedRow, "judgements">): RatingsByAspect {
  return Object.fromEntries(
    Object.entries(judgements).flatMap(([part, { ratings }]) => (ratings ? [[part, ratings]] : [])),
  );
}
