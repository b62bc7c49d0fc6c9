import { readFileSync } from "node:fs";
import { AtomicFile } from "../../shared/datasets/writing/atomic-file.ts";
import { UserError } from "../../shared/errors.ts";

const ID_FILE = "last_batch_id.tok";

/** The id that was given, else that of the last batch that was run in this folder. @throws UserError */
export function readBatchId(given: string | undefined): string {
  const [id, source] = given === undefined ? [lastId(), ID_FILE] : [given.trim(), "--id"];
  if (/^[\w-]+$/.test(id)) return id;
  throw new UserError(`${source} holds ${JSON.stringify(id.slice(0, 80))}, which is no batch's id.`);
}

function lastId(): string {
  try {
    return readFileSync(ID_FILE, "utf8").trim();
  } catch (cause) {
    throw new UserError(
      `No --id is given, and there is no ${ID_FILE} here: name the batch, see \`assay batch list\`.`,
      { cause },
    );
  }
}

export async function writeBatchId(id: string): Promise<void> {
  await using file = await AtomicFile.create(ID_FILE);
  file.append(`${id}\n`);
  await file.commit();
}
