import type { Shard, ShardSend } from "../../../shared/contracts/shard.ts";

/**
 * By what a batch is known as ours, and as which send's: no two sends have equal metadata, so that two batches with equal
 * ones are one send that was created twice.
 */
export function metadataOf(
  installation: string,
  { job, run, shard }: Pick<Shard, "job" | "run" | "shard">,
  { number, refusals, content }: Pick<ShardSend, "number" | "refusals" | "content">,
): Record<string, string> {
  return {
    installation,
    job,
    run: String(run),
    shard: String(shard),
    // A batch that was refused for its tokens is another one than that which is tried later.
    attempt: refusals === 0 ? String(number) : `${number}.${refusals}`,
    sha256: content?.sha256 ?? "",
  };
}
