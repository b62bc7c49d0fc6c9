import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadRegistry } from "../../shared/annotators/registry/registry.ts";
import { ENTRY_FIELDS } from "../../shared/annotators/registry/registry-schema.ts";

const page = readFileSync(new URL("../../docs/annotators.md", import.meta.url), "utf8");
const example = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? "";

test("the page lists every built-in annotator as it is", () => {
  const rows = page
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.replace(" (default)", ""));
  const expected = loadRegistry()
    .list()
    .map(({ name, provider, keyVariable, prices, maxOutputTokens }) => {
      const cells = [prices?.inputPerMillion, prices?.outputPerMillion, maxOutputTokens ?? "unknown"];
      return `| \`${name}\` | ${provider} | \`${keyVariable}\` | ${cells.join(" | ")} |`;
    });
  expect(rows).toEqual(expected);
});

test("the page's example file is accepted and shows every field", () => {
  const folder = mkdtempSync(join(tmpdir(), "annotators-docs-"));
  try {
    const file = join(folder, "annotators.yaml");
    writeFileSync(file, example);
    const { resolve } = loadRegistry({ file });
    expect(resolve("my-qwen")).toMatchObject({ provider: "cluster-a", concurrency: 256, timeoutMs: 120_000 });
    expect(resolve("o3-low").maxTokensName).toBe("max_completion_tokens");
    for (const field of Object.values(ENTRY_FIELDS).flat()) expect(example).toContain(`${field}:`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const providers = readFileSync(new URL("../../docs/providers.md", import.meta.url), "utf8");
const sections = [...providers.matchAll(/^## (.+)\n[\s\S]*?```yaml\n([\s\S]*?)```/gm)];

test.each(sections.map(([, title, yaml]) => [title!, yaml!]))(
  "what the page of providers says for %s is a file that is accepted as it stands",
  (_, yaml) => {
    const folder = mkdtempSync(join(tmpdir(), "annotators-docs-"));
    try {
      const file = join(folder, "annotators.yaml");
      writeFileSync(file, yaml);
      const [name] = /^ {2}([\w-]+):/m.exec(yaml)!.slice(1);
      expect(loadRegistry({ file }).resolve(name!)).toMatchObject({ name });
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

test("the page of providers has an entry for each of the common servers", () => {
  expect(sections.map(([, title]) => title)).toEqual([
    "vLLM",
    "Ollama",
    "llama.cpp",
    "Azure",
    "Anthropic",
    "OpenRouter",
    "Gemini",
  ]);
});
