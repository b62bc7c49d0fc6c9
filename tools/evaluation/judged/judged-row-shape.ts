import { z } from "zod";
import { METHODS } from "../../../shared/contracts/messages/judge-methods.ts";
import { isJsonObject, textOf } from "../../../shared/datasets/json/exact-json.ts";
import { UserError } from "../../../shared/errors.ts";
import { RANKINGS } from "../../../shared/feedback/feedback.ts";
import type { PlacedRow } from "../../../shared/feedback/placed-rows.ts";

/** A number may come as an object that keeps how it was written, or as the text of a table's cell. */
export function asNumber(value: unknown): unknown {
  if (typeof value === "object" && value !== null) return Number(textOf(value));
  return typeof value === "string" && value.trim() !== "" ? Number(value) : value;
}

const Score = z.preprocess(asNumber, z.number().nullable());
const Name = z.string().nullish();

/** What all judged rows have, as far as the measures need it. Members of the item's own row may have any other name. */
const JudgedRow = z.looseObject({
  id: z.string(),
  method: z.enum(METHODS),
  instruction: z.string(),
  input: z.string().default(""),
  responses: z.array(z.string()).min(1),
  models: z.array(Name).default([]),
  judge: z.string().nullable().catch(null).default(null),
  asks: z.preprocess(asNumber, z.int()).nullable().catch(null).default(null),
  asked_again: z.record(z.string(), z.array(z.string())).catch({}).default({}),
  judgements: z.record(
    z.string(),
    z.looseObject({
      ratings: z.array(Score).optional(),
      order: z.array(z.preprocess(asNumber, z.int())).default([]),
      fault: z.looseObject({ reason: z.string() }).optional(),
      template: z.object({ name: z.string(), sha256: z.string() }).optional(),
      reply: z.string().nullish(),
    }),
  ),
});
export type JudgedRow = z.infer<typeof JudgedRow>;

/** What rows of each method have besides. */
export const RankedMembers = z.looseObject({
  ranking: z.enum(RANKINGS),
  letters: z.record(z.string(), z.enum(["(a)", "(b)"])),
  reference: z.string().optional(),
  reference_model: Name,
});
export const RatedMembers = z.looseObject({ means: z.array(Score) });

/** Whether a row is one that a judge of Assay wrote. */
export function isJudgedRow(row: Record<string, unknown>): boolean {
  const { judgements } = row;
  const hasParts = isJsonObject(judgements) || (typeof judgements === "string" && judgements.startsWith("{"));
  return Object.hasOwn(row, "method") && Object.hasOwn(row, "responses") && hasParts;
}

/** @throws UserError if it is none that Assay wrote */
export function readJudgedRow(placed: PlacedRow): JudgedRow {
  return readMembers(JudgedRow, placed);
}

/** @throws UserError naming the first member that is not as it should be */
export function readMembers<Members extends z.ZodType>(
  members: Members,
  { place, row }: PlacedRow,
): z.infer<Members> {
  const parsed = members.safeParse(row);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UserError(
    `${place} is no judged row: ${issue!.path.join(".")} is not as it should be (${issue!.message}). Mend or remove it.`,
  );
}

const NESTED = ["responses", "models", "judgements", "asked_again", "means", "letters", "answer"];

/** A row of a table, whose nested members are their JSON as text, as the row it was. */
export function fromTable(row: Record<string, unknown>): Record<string, unknown> {
  if (typeof row.judgements !== "string") return row;
  const members = NESTED.map((name) => [name, parsed(row[name])] as const);
  const own = Object.entries(row).filter(([, value]) => value !== null && value !== undefined);
  return { ...Object.fromEntries(own), ...Object.fromEntries(members.filter(([, value]) => value != null)) };
}

function parsed(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
