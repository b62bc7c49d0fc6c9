import { AtomicFile } from "../../shared/datasets/writing/atomic-file.ts";
import { refuseOverwriting } from "../../tools/sparse-feedback/csv-output.ts";
import { tell } from "./terminal.ts";

/** Writes a page to read in a browser, and says where it is. @throws UserError if that is an input or cannot be written */
export async function writePage(path: string, inputs: readonly string[], page: string): Promise<void> {
  refuseOverwriting(path, inputs);
  await using file = await AtomicFile.create(path);
  file.append(page);
  await file.commit();
  tell(`${path} shows it as a page.`);
}
