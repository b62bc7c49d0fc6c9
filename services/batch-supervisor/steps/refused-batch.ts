import type { Batch } from "../../../shared/batch-api/batch.ts";
import { errorsOf } from "../../../shared/batch-api/batch.ts";
import { LineSet } from "../../../shared/batch-lane/line-set.ts";
import { namesNoModel, refusalOf } from "../../../shared/batch-policy/failed-batch.ts";
import type { Shard, ShardSend } from "../../../shared/contracts/shard.ts";
import type { Refused } from "../collecting/collect-batch.ts";
import type { HaltFault } from "../collecting/line-outcome.ts";

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

/** Why a batch that failed keeps its job from going on; undefined: another batch may fare better. */
export function refusalOfAll(batch: Pick<Batch, "status" | "errors">): HaltFault | undefined {
  const said = errorsOf(batch).slice(0, 3).join("; ");
  switch (namesNoModel(batch) ? "model" : refusalOf(batch)) {
    case "quota":
      return halt("paused", "quota", `The account has nothing left: ${said}`);
    case "key":
      return halt("paused", "authentication", `The key may not have batches: ${said}`);
    case "model":
      return halt("failed", "model_not_found", `The provider takes no batch of this model: ${said}`);
    case "hopeless":
      return halt("failed", "batch_refused", `The provider takes no such batch: ${said}`);
    default:
      return undefined;
  }
}

function halt(state: "paused" | "failed", code: string, sentence: string): HaltFault {
  return { kind: "halt", state, code, message: /[.!?]$/.test(sentence) ? sentence : `${sentence}.` };
}
