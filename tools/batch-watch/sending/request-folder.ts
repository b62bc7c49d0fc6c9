import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { unreadable } from "../../../shared/datasets/reading/file-bytes.ts";
import { UserError } from "../../../shared/errors.ts";

/** What tools leave beside request files, and is none. */
const NO_REQUESTS = /\.errors\.jsonl$/;

/** The request files of a folder, by name. @throws UserError if there are none */
export async function requestFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((cause) => {
    throw unreadable(folder, cause);
  });
  const files = names.filter(
    (name) => name.endsWith(".jsonl") && !name.startsWith(".") && !NO_REQUESTS.test(name),
  );
  if (files.length === 0)
    throw new UserError(
      `${folder} holds no request file: \`assay batch create-input\` makes files ending in .jsonl.`,
    );
  return files.sort((a, b) => a.localeCompare(b, "en", { numeric: true })).map((name) => join(folder, name));
}
