import type { BatchState } from "../../../shared/batch-api/batch.ts";
import { isFinished } from "../../../shared/batch-api/batch.ts";
import { LineSet } from "../../../shared/batch-lane/line-set.ts";
import { isSendOver, LOST, type Shard, type ShardSend } from "../../../shared/contracts/shard.ts";
import type { Standing } from "./standing.ts";

/** What is to be done for a send now; `create` when the route's tokens allow it. */
export type Step = "drop" | "upload" | "create" | "cancel" | "collect" | "publish" | "finish";

/** Undefined: nothing, until something else happens. An intended send waits for a look at the provider's list. */
export function nextStep(shard: Shard, send: ShardSend, standing: Standing): Step | undefined {
  if (isSendOver(send)) return undefined;
  const unwanted = standing.cancel || send.kind === "duplicate" || !bringsNews(shard, send);
  if (send.kind === "online") {
    if (unwanted) return "finish";
    return send.state === "built" && standing.submit ? "publish" : undefined;
  }
  switch (send.state) {
    case "built":
      return unwanted ? "drop" : standing.submit ? "upload" : undefined;
    case "uploaded":
      return unwanted ? "drop" : standing.submit ? "create" : undefined;
    case "created":
    case "polled":
      return afterCreation(send, unwanted, standing);
    default:
      return undefined;
  }
}

function afterCreation(
  { batch }: ShardSend,
  unwanted: boolean,
  { results }: Standing,
): "collect" | "cancel" | undefined {
  if (batch === null) return undefined;
  const status = batch.status as BatchState;
  if (batch.status === LOST || isFinished({ status })) return results === "later" ? undefined : "collect";
  return unwanted && (status === "validating" || status === "in_progress") ? "cancel" : undefined;
}

/** Whether a row of it has no outcome yet. */
function bringsNews({ openRows, rows, open }: Shard, { lines }: ShardSend): boolean {
  if (openRows === 0) return false;
  return LineSet.of(rows, lines).and(LineSet.of(rows, open)).size > 0;
}
