import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { isGrown } from "../../services/coordinator/job/grown-rows.ts";
import { workplace } from "./assay.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** A model that notes the prompts it was asked, and says them again. */
async function noting(asked: string[]): Promise<string> {
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const piece of request) text += piece;
    const content = JSON.parse(text).messages.at(-1).content as string;
    asked.push(content);
    const choice = {
      index: 0,
      message: { role: "assistant", content: `So: ${content}` },
      finish_reason: "stop",
    };
    const usage = { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 };
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ id: "c", model: "m", created: 1, choices: [choice], usage }));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

test("a pilot goes on with more rows, and then with all: none is asked twice", {
  timeout: 120_000,
}, async () => {
  await using place = workplace();
  const asked: string[] = [];
  writeFileSync(
    place.at("annotators.yaml"),
    `annotators:\n  mine:\n    base_url: ${await noting(asked)}\n    model: m\n`,
  );
  const rows = Array.from({ length: 40 }, (_, row) => ({ instruction: `Say ${row}.`, output: "old" }));
  writeFileSync(place.at("data.jsonl"), rows.map((row) => JSON.stringify(row)).join("\n"));
  const run = (...more: string[]) =>
    place.run("reannotate", "--dataset", "data.jsonl", "--annotator", "mine", ...more);
  expect(await run("--limit", "10")).toMatchObject({ code: 0 });
  expect(asked).toHaveLength(10);
  const more = await run("--limit", "25");
  expect(more.stderr).toContain("goes on with more rows");
  expect(more.stdout).toContain("Done: 25 of 25 rows");
  expect(asked).toHaveLength(25);
  const all = await run();
  expect(all.stdout).toContain("Done: 40 of 40 rows");
  expect(new Set(asked).size).toBe(40);
  expect(asked).toHaveLength(40);
  const output = JSON.parse(
    readFileSync(place.at("datasets/reannotated/data_mine/reannotated.json"), "utf8"),
  );
  const said = output.map(({ annotation }: { annotation: string }) => /Say \d+\./.exec(annotation)?.[0]);
  expect(said).toEqual(rows.map(({ instruction }) => instruction));
  const fewer = await run("--limit", "10");
  expect(fewer).toMatchObject({ code: 2, stderr: expect.stringContaining("limit: not given -> 10") });
});

test.each([
  ["a higher limit", { limit: 10, seed: 1 }, { limit: 11, seed: 1 }, true],
  ["none any more", { limit: 10, seed: 1 }, { seed: 1 }, true],
  ["a lower one", { limit: 10 }, { limit: 9 }, false],
  ["one where there was none", {}, { limit: 9 }, false],
  ["another seed, too", { limit: 10, seed: 1 }, { seed: 2 }, false],
])("%s: whether a job has grown", (_, before, after, grown) => {
  expect(isGrown(before, after)).toBe(grown);
});
