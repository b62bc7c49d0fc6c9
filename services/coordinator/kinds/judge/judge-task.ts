import { z } from "zod";
import type { ItemColumns } from "../../../../shared/judging/items/item-columns.ts";
import type { Judging } from "../../../../shared/judging/judging.ts";

/** What only a judging job knows: how its input is read, judged, and what a judged row says. */
export const JudgeTask = z.strictObject({
  judging: z.custom<Judging>((value) => typeof value === "object" && value !== null),
  /** Column of the input that identifies a row; null: as its format has it. */
  idColumn: z.string().nullable(),
  /** Columns that the user names for what is in them. */
  columns: z.custom<ItemColumns>((value) => typeof value === "object" && value !== null).optional(),
  /** Of pairwise: the model whose response is the reference; null: the input tells. */
  referenceModel: z.string().nullable(),
  /** Feedback in CSV begins with a header. */
  header: z.boolean(),
  commonAspects: z.boolean(),
  minAspects: z.int().nullable(),
});
export type JudgeTask = z.infer<typeof JudgeTask>;
