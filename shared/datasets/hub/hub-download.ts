import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { downloadFile } from "@huggingface/hub";
import { messageOf, UserError } from "../../errors.ts";
import { makeFolder } from "../../installation/make-folder.ts";
import { moveIntoPlace, writeAll } from "../writing/atomic-file.ts";
import type { HubAccess } from "./hub-access.ts";
import { type HubFile, hubParams } from "./hub-files.ts";

const BLOCK_BYTES = 16 * 1024 * 1024;
const TRIES = 3;

/**
 * Puts a file of the hub into the cache, where it has it not yet, and gives its path. The download goes on where an
 * interrupted one ended, and the file appears under its name only when it is whole.
 */
export async function downloadHubFile(
  file: HubFile,
  access: HubAccess,
  onBytes: (bytes: number) => void = () => {},
): Promise<string> {
  const folder = join(access.cacheFolder, file.repo.replaceAll("/", "_"), file.id.replace(/[^\w-]/g, "_"));
  const target = join(folder, basename(file.path));
  if ((await sizeOf(target)) === file.size) return target;
  await makeFolder(folder);
  const part = `${target}.part`;
  await fetchInto(part, file, access, onBytes);
  if (file.sha256 && (await sha256Of(part)) !== file.sha256) {
    await rm(part, { force: true });
    throw new UserError(`${file.repo}/${file.path} arrived damaged from the hub: try again.`, {
      exitCode: 3,
    });
  }
  await moveIntoPlace(part, target).catch(async (error) => {
    // Another job may have fetched the same file meanwhile and put it there.
    if ((await sizeOf(target)) !== file.size) throw error;
  });
  return target;
}

async function fetchInto(
  part: string,
  file: HubFile,
  access: HubAccess,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const { path, revision } = file;
  const blob = await downloadFile({ ...hubParams(file.repo, access), path, revision, xet: false });
  if (!blob)
    throw new UserError(`The hub dataset ${file.repo} has no file ${path} any more: try again.`, {
      exitCode: 3,
    });
  const have = Math.min((await sizeOf(part)) ?? 0, file.size);
  await using handle = await open(part, have > 0 ? "r+" : "w");
  for (let at = have; at < file.size; ) {
    const end = Math.min(at + BLOCK_BYTES, file.size);
    const bytes = await fetchBlock(() => blob.slice(at, end).arrayBuffer(), end - at, file);
    await writeAll(handle, bytes, at);
    at = end;
    onBytes(at);
  }
  await handle.truncate(file.size);
  await handle.sync();
}

/** A broken connection is tried again; what the hub refuses is not. */
async function fetchBlock(get: () => Promise<ArrayBuffer>, length: number, file: HubFile): Promise<Buffer> {
  for (let attempt = 1; ; attempt++) {
    try {
      const bytes = Buffer.from(await get());
      if (bytes.length === length) return bytes;
      throw new Error(`${bytes.length} bytes where ${length} were asked for`);
    } catch (cause) {
      if (cause instanceof UserError && cause.exitCode === 2) throw cause;
      if (attempt === TRIES) {
        const why = messageOf(cause);
        throw new UserError(
          `${file.repo}/${file.path} could not be downloaded (${why}): start again to go on with it.`,
          {
            cause,
            exitCode: 3,
          },
        );
      }
      await wait(500 * attempt);
    }
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size;
}

/** sha256 of a file's content in hex. */
export async function sha256Of(path: string, onBytes: (bytes: number) => void = () => {}): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    hash.update(chunk);
    onBytes(chunk.length);
  }
  return hash.digest("hex");
}
