import { detectFormat } from "../datasets/reading/dataset-format.ts";
import { csvRecords } from "./csv-records.ts";
import { isRanking, isRating } from "./feedback.ts";
import { placedRows } from "./placed-rows.ts";

export type FeedbackKind = "ratings" | "rankings";

/** A row of so many cells that is no header is meant as this, whatever is wrong with it: its reader can say what. */
const KIND_BY_CELLS: Record<number, FeedbackKind> = { 4: "ratings", 5: "rankings" };

/**
 * What kind of feedback a file holds, by its first row or its header; undefined where it is something else.
 * @throws UserError if that row cannot be read or the file has none
 */
export async function feedbackKind(path: string, signal?: AbortSignal): Promise<FeedbackKind | undefined> {
  const { format } = await detectFormat(path);
  if (format === "csv" || format === "tsv") {
    for await (const { fields } of csvRecords(path, signal)) {
      if (fields.some((field) => field.trim().toLowerCase() === "instruction")) return kindOfNames(fields);
      return KIND_BY_CELLS[fields.length];
    }
    return undefined;
  }
  for await (const { row } of placedRows(path, signal)) return kindOfNames(Object.keys(row));
  return undefined;
}

/** The kind of a row that has no header above it: the last cell is the verdict. */
export function kindOfCells(fields: readonly string[]): FeedbackKind | undefined {
  const verdict = fields.at(-1)?.trim() ?? "";
  if (fields.length === 4 && isRating(verdict)) return "ratings";
  return fields.length === 5 && isRanking(verdict) ? "rankings" : undefined;
}

function kindOfNames(fields: readonly string[]): FeedbackKind | undefined {
  const names = fields.map((field) => field.trim().toLowerCase());
  return names.includes("rating") ? "ratings" : names.includes("ranking") ? "rankings" : undefined;
}
