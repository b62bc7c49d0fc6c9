import type { Batch } from "../../../shared/batch-api/batch.ts";
import { errorsOf } from "../../../shared/batch-api/batch.ts";
import { LineSet } from "../../../shared/batch-lane/line-set.ts";
import type { Shard, ShardSend } from "../../../shared/contracts/shard.ts";
import type { Refused } from "../collecting/collect-batch.ts";
import type { HaltFault } from "../collecting/line-outcome.ts";

const NO_MODEL = /^(model_not_found|model_mismatch|invalid_model)$/;

/** What a batch that failed as a whole says of its lines. No line of it was answered, and nothing is charged. */
export function refusedLines(shard: Shard, send: ShardSend, batch: Pick<Batch, "errors">): Refused {
  const places = [...LineSet.of(shard.rows, send.lines)];
  const lines: Refused["lines"] = new Map();
  for (const { line, code, message } of batch.errors?.data ?? []) {
    // Lines are counted from 1.
    const place = typeof line === "number" ? places[line - 1] : undefined;
    if (place === undefined) continue;
    lines.set(place, {
      reason: code ?? "batch_failed",
      message: message ?? "The provider takes it in no batch.",
    });
  }
  const said = errorsOf(batch).slice(0, 3).join("; ");
  return { lines, message: `Its batch failed: ${said || "the provider says nothing more"}.` };
}

/** A fault that no other batch of the job would escape. */
export function refusalOfAll({ errors }: Pick<Batch, "errors">): HaltFault | undefined {
  const fault = (errors?.data ?? []).find(({ code }) => code && NO_MODEL.test(code));
  if (fault === undefined) return undefined;
  const message = `The provider takes no batch of this model: ${fault.message ?? fault.code}`;
  return { kind: "halt", state: "failed", code: "model_not_found", message };
}
