import { isSendOver, type Shard, type ShardSend } from "../../../shared/contracts/shard.ts";
import { messageOf } from "../../../shared/errors.ts";
import { log } from "../../../shared/runtime/log.ts";
import type { RouteContext, Work } from "../routes/route-context.ts";

/**
 * Files of a send that nobody reads any more: its results, and its requests where no other send that is not over has the
 * same. Pure: decided of the shard as it stands after the send was collected.
 */
export function filesToDelete(shard: Shard, number: number): string[] {
  const send = shard.sends.find((one) => one.number === number);
  if (send?.state !== "collected") return [];
  const needed = new Set(shard.sends.filter((one) => !isSendOver(one)).flatMap(filesOf));
  return [...new Set(filesOf(send))].filter((id) => !needed.has(id));
}

function filesOf({ file, batch }: ShardSend): string[] {
  const ids = [batch?.inputFileId, file?.id, batch?.outputFileId, batch?.errorFileId];
  return ids.flatMap((id) => id || []);
}

/** Deletes them at the provider. A file that stays there costs room, and nothing else: it is tried once. */
export async function deleteFiles(context: RouteContext, { key, send, account }: Work): Promise<void> {
  const { routeShards, signal, keepsFiles } = context;
  const shard = routeShards.get(key);
  if (keepsFiles || shard === undefined) return;
  for (const id of filesToDelete(shard, send.number)) {
    await account.api.deleteFile(id, { signal }).catch((error: unknown) => {
      log().info({ file: id, error: messageOf(error) }, "a file that is not needed stays at the provider");
    });
  }
}
