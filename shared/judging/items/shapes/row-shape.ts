import type { Response } from "../item.ts";
import type { PromptInRow } from "../prompt-in-row.ts";

/** What a row of a known shape holds, and the columns that hold it. */
export interface ShapedRow {
  prompt: PromptInRow;
  responses: Response[];
  columns: string[];
}

/** A way in which others write prompts and responses, where columns cannot be looked at one by one. */
export interface RowShape {
  /** Whether a row is of this shape, by its columns. */
  is(row: Record<string, unknown>): boolean;
  /** @throws RowFault if it is, but something is missing or wrong in it */
  read(row: Record<string, unknown>): ShapedRow;
}
