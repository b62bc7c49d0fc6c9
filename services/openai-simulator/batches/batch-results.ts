import { hash } from "node:crypto";
import { appendFileSync } from "node:fs";
import type { Simulation } from "../simulation.ts";
import type { Batch } from "./batch-object.ts";

/** What became of a line: a response with its body as JSON, or the error of a line that got none. */
export type LineResult = { status: number; body: string } | { code: string; message: string };

/** Adds a line to the batch's output or error file, which is written when the results are flushed. */
export function appendResult(
  { files }: Simulation,
  batch: Batch,
  kind: "output" | "error",
  line: number,
  customId: string,
  result: LineResult,
): void {
  const file = batch[kind] ?? { path: files.newPath(), bytes: 0, pending: "", stored: null };
  batch[kind] = file;
  const name = `${batch.id.slice("batch_".length)}_${line}`;
  const isResponse = "status" in result;
  const response = isResponse
    ? `{"status_code":${result.status},"request_id":"req_${name}","body":${result.body}}`
    : null;
  const error = isResponse ? null : JSON.stringify(result);
  file.pending += `{"id":"batch_req_${name}","custom_id":${JSON.stringify(customId)},"response":${response},"error":${error}}\n`;
}

/** Writes what was appended. */
export function flushResults(batch: Batch): void {
  for (const file of [batch.output, batch.error]) {
    if (!file || file.pending === "") continue;
    appendFileSync(file.path, file.pending);
    file.bytes += Buffer.byteLength(file.pending);
    file.pending = "";
  }
}

/** Makes the batch's files known to the API. */
export function publishResults({ files }: Simulation, batch: Batch, createdMs: number): void {
  for (const kind of ["output", "error"] as const) {
    const file = batch[kind];
    if (!file) continue;
    const { path, bytes } = file;
    // The results name their batch, so no other file has the same bytes: the name does for their digest.
    const filename = `${batch.id}_${kind}.jsonl`;
    const sha256 = hash("sha256", filename, "hex");
    file.stored = files.add({ path, bytes, createdMs, filename, purpose: "batch_output", sha256 });
  }
}
