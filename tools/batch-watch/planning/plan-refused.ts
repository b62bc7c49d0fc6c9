import type { Batch } from "../../../shared/batch-api/batch.ts";
import { enqueuedLimitOf } from "../../../shared/batch-policy/failed-batch.ts";
import { type Load, loadOf } from "../sending/enqueued-tokens.ts";
import type { ResentPart } from "../watching/watch-state.ts";
import type { PlanRest } from "./plan-rest.ts";

/** Counts of two tokenizers may differ by so much. */
const MARGIN = 0.9;

/**
 * What to do with a batch that would have held too many tokens beside the others: `whole`, it is sent as it is once there is
 * room; or its requests go in files that fit, those left out that another batch takes care of.
 * @param file of its requests; undefined where there is none on this disk
 */
export async function refusedPlan(
  batch: Batch,
  file: string | undefined,
  isElsewhere: ((customId: string) => boolean) | undefined,
): Promise<"whole" | Pick<PlanRest, "mostRequests" | "refused">> {
  if (file === undefined) return "whole";
  const load = await loadOf(file, isElsewhere);
  const limit = enqueuedLimitOf(batch);
  if (load.elsewhere > 0) return {};
  if (limit === undefined) return "whole";
  if (load.tokens <= limit * MARGIN) return "whole";
  if (load.requests === 1) return { refused: tooLarge(load, limit) };
  return { mostRequests: Math.max(1, Math.floor((load.requests * limit * MARGIN * MARGIN) / load.tokens)) };
}

/** The batch's own input file is used once more. */
export function wholeAgain({ input_file_id, request_counts, created_at }: Batch): ResentPart {
  const own = { file: null, sha256: input_file_id, fileId: input_file_id, uploadedAt: created_at };
  return { ...own, requests: request_counts?.total ?? 0, intendedMs: null, child: null };
}

function tooLarge({ tokens }: Load, limit: number) {
  const message = `This request alone has about ${tokens} prompt tokens, and the key's batches may hold ${limit} together.`;
  return { code: "token_limit_exceeded", message };
}
