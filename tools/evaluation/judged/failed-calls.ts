import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { unreadable as unreadableFile } from "../../../shared/datasets/reading/file-bytes.ts";
import { UserError } from "../../../shared/errors.ts";
import { placedRows } from "../../../shared/feedback/placed-rows.ts";
import { callId } from "./call-id.ts";
import type { JudgeCall } from "./judged-entry.ts";
import { stemOf } from "./stem.ts";

/** What a judge's job writes beside its output: judged.errors.jsonl; undefined where there is none. */
export function errorsBeside(judged: string): string | undefined {
  const path = join(dirname(judged), `${stemOf(judged)}.errors.jsonl`);
  return existsSync(path) ? path : undefined;
}

/**
 * Failed rows of an errors.jsonl: calls without a verdict, or null for a row that could not be asked about. An empty file
 * has none. @throws UserError naming the place
 */
export async function* failedCalls(path: string, signal?: AbortSignal): AsyncGenerator<JudgeCall | null> {
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status) throw unreadableFile(path, { code: "ENOENT" });
  if (status.size === 0) return;
  for await (const { place, row } of placedRows(path, signal)) {
    const { id, part, reason, asks, faults } = row;
    if (typeof reason !== "string") {
      throw new UserError(`${place} has no "reason": give a file of failed rows, errors.jsonl.`);
    }
    if (typeof part !== "string") yield null;
    else {
      yield {
        id: typeof id === "string" ? callId(id, part) : null,
        fault: reason,
        asks: typeof asks === "number" ? asks : null,
        unreadable: Array.isArray(faults) ? faults.map(String) : [],
      };
    }
  }
}
