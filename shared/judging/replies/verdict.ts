/** What a judge found about one response. */
export interface ResponseRating {
  /** Null: not applicable, which is a missing value and no number. */
  rating: number | null;
  rationale?: string;
  /** Kinds that the judge told apart before rating; empty: none. */
  types?: number[];
  type_rationale?: string;
}

/** The letter under which a judge saw the response that it prefers. */
export type Letter = "(a)" | "(b)";

/** What one reply says. Ratings stand in the item's order of responses, whatever the order that was shown. */
export type Verdict =
  | { ratings: ResponseRating[] }
  /** `preferred` is its index in the item. */
  | { letter: Letter; preferred: number; rationale?: string }
  | { answer: unknown };

export const FAULT_REASONS = [
  "refusal",
  "empty_reply",
  "missing_header",
  "repeated_header",
  "unexpected_header",
  "missing_line",
  "unexpected_line",
  "invalid_rating",
  "out_of_scale",
  "invalid_type",
  "no_choice",
  "several_choices",
  "invalid_json",
  "schema_mismatch",
] as const;

/** Why a reply gives no verdict; `message` goes on from "The reply": "has no block for text 3". */
export interface ReplyFault {
  reason: (typeof FAULT_REASONS)[number];
  message: string;
}
