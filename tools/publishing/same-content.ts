import { createHash } from "node:crypto";
import type { ListFileEntry } from "@huggingface/hub";

/**
 * Whether the hub has this content already: large files are known by their SHA-256, others by the id that git gives them,
 * the SHA-1 of "blob <size>\0" and the content.
 */
export async function isSameContent(content: Blob, remote: ListFileEntry): Promise<boolean> {
  if (remote.size !== content.size) return false;
  if (remote.lfs)
    return (await hashOf(createHash("sha256"), content)) === remote.lfs.oid.replace(/^sha256:/, "");
  return (await hashOf(createHash("sha1").update(`blob ${content.size}\0`), content)) === remote.oid;
}

async function hashOf(hash: ReturnType<typeof createHash>, content: Blob): Promise<string> {
  for await (const chunk of content.stream()) hash.update(chunk);
  return hash.digest("hex");
}
