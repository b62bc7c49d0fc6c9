import { createReadStream, existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { findFiles } from "../../shared/datasets/finding/find-files.ts";
import { UserError } from "../../shared/errors.ts";
import type { Pipeline, Stage } from "../../tools/pipeline/parse-pipeline.ts";

/** What a stage's files alone say of it, where no system can be asked. */
export interface StageOnDisk {
  name: string;
  uses: string;
  /**
   * Its output is there; or what it reads is, or is not yet written by another stage, or is lacking altogether; or
   * nothing can be said, since it writes no file.
   */
  state: "written" | "ready" | "waiting" | "lacks input" | "not known";
  /** Rows that failed for good, as listed beside its output; null where there is no such list. */
  failed: number | null;
  output: string | null;
  written: boolean;
  /** What is lacking, in a sentence. */
  fault: string | null;
}

export async function stagesOnDisk({ stages }: Pick<Pipeline, "stages">): Promise<StageOnDisk[]> {
  const known = new Map<string, StageOnDisk>();
  for (const stage of stages) known.set(stage.name, await stageOnDisk(stage, known));
  return [...known.values()];
}

async function stageOnDisk(
  { name, kind, outputs, after, given }: Stage,
  before: ReadonlyMap<string, StageOnDisk>,
): Promise<StageOnDisk> {
  const output = outputs.output ?? null;
  const written = output !== null && holdsSomething(output);
  const about = { name, uses: kind.kind, output, written, failed: await failedRows(outputs) };
  if (written) return { ...about, state: "written", fault: null };
  const fault = await lacking(given);
  if (fault !== null) return { ...about, state: "lacks input", fault };
  // Whether it has done its work stands nowhere.
  if (output === null) return { ...about, state: "not known", fault: null };
  const isReady = after.every((one) => before.get(one)?.written);
  return { ...about, state: isReady ? "ready" : "waiting", fault: null };
}

/** Folders are there before anything is in them. */
function holdsSomething(path: string): boolean {
  if (!existsSync(path)) return false;
  if (!statSync(path).isDirectory()) return true;
  return readdirSync(path, { recursive: true, withFileTypes: true }).some((entry) => entry.isFile());
}

async function lacking(paths: readonly string[]): Promise<string | null> {
  try {
    await findFiles(
      paths.filter((path) => !existsSync(path)),
      "/",
    );
    return null;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

async function failedRows({ output, folder, errors }: Record<string, string>): Promise<number | null> {
  const lists = errorLists(output, folder, errors).filter((path) => existsSync(path));
  let failed: number | null = null;
  for (const path of lists) {
    for await (const line of createInterface({ input: createReadStream(path) }))
      failed = (failed ?? 0) + (line === "" ? 0 : 1);
    failed ??= 0;
  }
  return failed;
}

/** A stage of several models has a list in each of their folders. */
function errorLists(output?: string, folder?: string, errors?: string): string[] {
  if (errors !== undefined) return [errors];
  if (folder !== undefined) return [join(folder, "errors.jsonl")];
  if (output === undefined || !existsSync(output) || !statSync(output).isDirectory()) return [];
  return readdirSync(output).map((model) => join(output, model, "errors.jsonl"));
}
