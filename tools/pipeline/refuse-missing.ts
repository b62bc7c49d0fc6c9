import { existsSync } from "node:fs";
import { findFiles } from "../../shared/datasets/finding/find-files.ts";
import type { Stage } from "./parse-pipeline.ts";

/** What no stage writes has to be there before anything is paid. @throws UserError with the nearest names */
export async function refuseMissing({ given }: Pick<Stage, "given">): Promise<void> {
  for (const path of given) {
    if (!existsSync(path)) await findFiles([path], "/");
  }
}
