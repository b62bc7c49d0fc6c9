import type { RouteContext, Work } from "../routes/route-context.ts";
import { countContent, sendLines } from "./send-lines.ts";

/** built -> uploaded. A file that is uploaded twice, since its answer got lost, costs nothing and is used by nobody. */
export async function uploadSend(context: RouteContext, { key, shard, send, account }: Work): Promise<void> {
  const { blobs, routeShards, signal } = context;
  const content = send.content ?? (await countContent(blobs, shard, send, signal));
  const name = `assay-${shard.job}-${shard.run}-${shard.shard}-${send.number}.jsonl`;
  const lines = () => sendLines(blobs, shard, send, signal);
  const file = await account.api.uploadFile({ name, bytes: content.bytes, content: lines }, { signal });
  const uploaded = { id: file.id, createdAt: file.created_at };
  await routeShards.editSend(key, send.number, () => ({
    state: "uploaded",
    content,
    file: uploaded,
    fault: null,
  }));
}
