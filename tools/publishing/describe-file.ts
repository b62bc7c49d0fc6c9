import { sha256Of } from "../../shared/datasets/hub/hub-download.ts";
import { isJsonObject } from "../../shared/datasets/json/exact-json.ts";
import { detectFormat } from "../../shared/datasets/reading/dataset-format.ts";
import { readRows } from "../../shared/datasets/reading/read-rows.ts";
import { csvRecords } from "../../shared/feedback/csv-records.ts";
import { FEEDBACK_COLUMNS } from "../../shared/feedback/feedback.ts";
import { feedbackKind, kindOfCells } from "../../shared/feedback/feedback-kind.ts";
import { isJudgedRow } from "../evaluation/judged/judged-row-shape.ts";
import { isSimulated } from "../evaluation/judged/simulated-mark.ts";
import type { PublishedFile } from "./published-files.ts";

/** What a data file holds, for its card. */
export interface DescribedFile extends PublishedFile {
  /** Null where it is no file of rows; `fault` then says why: "data.jsonl line 7 is not valid JSON". */
  rows: number | null;
  fault: string | null;
  columns: string[];
  /** The columns are in no header of the file. */
  headerless: boolean;
  sha256: string;
  holds: "ratings" | "rankings" | "judged rows" | "failed rows" | "other";
  /** Failed rows by their reason. */
  reasons: ReadonlyMap<string, number>;
  /** Texts of its first rows were made up by the simulator. */
  simulated: boolean;
}

/** Reads a data file through. A file whose rows cannot be read is described without them. */
export async function describeFile(file: PublishedFile, signal?: AbortSignal): Promise<DescribedFile> {
  const sha256 = await sha256Of(file.local);
  return {
    ...file,
    sha256,
    ...((await headerlessFeedback(file.local, signal)) ?? (await rowsOf(file.local, signal))),
  };
}

type Contents = Omit<DescribedFile, keyof PublishedFile | "sha256">;

async function headerlessFeedback(path: string, signal?: AbortSignal): Promise<Contents | undefined> {
  const { format } = await detectFormat(path);
  if (format !== "csv" && format !== "tsv") return undefined;
  let rows = 0;
  let holds: "ratings" | "rankings" | undefined;
  for await (const { fields } of csvRecords(path, signal)) {
    if (rows === 0) holds = kindOfCells(fields);
    if (holds === undefined) return undefined;
    rows += 1;
  }
  if (holds === undefined) return undefined;
  const columns = [...FEEDBACK_COLUMNS[holds]];
  return { rows, columns, headerless: true, holds, reasons: new Map(), fault: null, simulated: false };
}

const FAILED = /(?:^|[./])errors\.jsonl(?:\.\w+)?$/;

/** A dataset is simulated as a whole, or not. */
const LOOKED_INTO = 20;

/** All texts in a value, however deep. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

async function rowsOf(path: string, signal?: AbortSignal): Promise<Contents> {
  const contents: Contents = {
    rows: 0,
    fault: null,
    columns: [],
    headerless: false,
    holds: "other",
    reasons: new Map(),
    simulated: false,
  };
  const reasons = new Map<string, number>();
  let first: Record<string, unknown> | undefined;
  let rows = 0;
  let simulated = false;
  for await (const batch of readRows(path)) {
    signal?.throwIfAborted();
    for (const row of batch) {
      if ("fault" in row) {
        const place = row.line > 0 ? `line ${row.line}` : `row ${rows}`;
        return { ...contents, rows: null, fault: `${path} ${place} ${row.fault.message}` };
      }
      rows += 1;
      if (!isJsonObject(row.value)) continue;
      first ??= row.value;
      if (rows <= LOOKED_INTO) simulated ||= textsIn(row.value).some(isSimulated);
      const { reason } = row.value;
      if (typeof reason === "string") reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
  }
  const read = { ...contents, rows, simulated, columns: Object.keys(first ?? {}) };
  if (FAILED.test(path)) return { ...read, holds: "failed rows", reasons };
  if (first && isJudgedRow(first)) return { ...read, holds: "judged rows" };
  return { ...read, holds: first === undefined ? "other" : ((await feedbackKind(path, signal)) ?? "other") };
}
