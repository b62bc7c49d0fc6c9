import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Writes models' responses as generation does: of each model the prompts that it has answered. */
export async function putResponses(
  folder: string,
  prompts: Record<string, readonly string[]>,
  row: (model: string, prompt: string) => object = (model, prompt) => ({
    prompt_hash: prompt,
    text: `Ask ${prompt}`,
    outputs: [{ index: 0, text: `${model} on ${prompt}`, finish_reason: "stop" }],
  }),
): Promise<string> {
  for (const [model, asked] of Object.entries(prompts)) {
    const path = join(folder, model.replaceAll("/", "___"), "prompts.jsonl");
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, asked.map((prompt) => `${JSON.stringify(row(model, prompt))}\n`).join(""));
  }
  return folder;
}

export const numbered = (count: number) => Array.from({ length: count }, (_, index) => `p${index}`);
