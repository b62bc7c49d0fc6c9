import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder that is gone when its scope ends, for files of JSON lines. */
export async function folder() {
  const path = await mkdtemp(join(tmpdir(), "assay-batch-"));
  const at = (name: string) => join(path, name);
  return {
    path,
    at,
    put: async (name: string, content: string | Buffer) => {
      await writeFile(at(name), content);
      return at(name);
    },
    putLines: async (name: string, values: unknown[]) => {
      await writeFile(at(name), linesOf(values));
      return at(name);
    },
    lines: async <Line = Record<string, unknown>>(name: string): Promise<Line[]> => {
      const text = await readFile(at(name), "utf8");
      return text
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Line);
    },
    names: async () => (await readdir(path)).sort(),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

const linesOf = (values: unknown[]) =>
  values.map((value) => `${typeof value === "string" ? value : JSON.stringify(value)}\n`).join("");

/** A request line as it should be, but for what is given. */
export function request(custom_id: unknown, changes: Record<string, unknown> = {}) {
  const body = { model: "gpt-4o-mini", messages: [{ role: "user", content: "Hello" }] };
  return { custom_id, method: "POST", url: "/v1/chat/completions", body, ...changes };
}

/** A result line as the Batch API writes it. */
export function result(custom_id: string, message: Record<string, unknown>, finish_reason = "stop") {
  const body = { object: "chat.completion", choices: [{ index: 0, message, finish_reason }] };
  const response = { status_code: 200, request_id: `req_${custom_id}`, body };
  return { id: `batch_req_${custom_id}`, custom_id, response, error: null };
}
