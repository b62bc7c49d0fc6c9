import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { type Workplace, workplace } from "./assay.ts";

/** A server that refuses every member that it does not know, and knows neither seed nor top_p. */
async function strictServer() {
  const known = new Set(["model", "messages", "max_tokens", "min_p", "repetition_penalty"]);
  const bodies: Record<string, unknown>[] = [];
  const server = createServer(async (request, response) => {
    const body = JSON.parse(await text(request)) as Record<string, unknown>;
    const stranger = Object.keys(body).find((name) => !known.has(name));
    if (stranger === undefined) bodies.push(body);
    const message = { role: "assistant", content: "Yes." };
    const answer = {
      choices: [{ index: 0, message, finish_reason: "stop" }],
      usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
    };
    const fault = { error: { message: `Unknown parameter: ${stranger}.`, type: "invalid_request_error" } };
    response.writeHead(stranger === undefined ? 200 : 400, { "content-type": "application/json" });
    response.end(
      JSON.stringify(
        stranger === undefined
          ? { id: "c", object: "chat.completion", created: 1, model: "m", ...answer }
          : fault,
      ),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    bodies,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const preview = ["reannotate", "--dataset", "d.jsonl", "--annotator", "own", "--preview", "1", "--json"];

function placed(place: Workplace, url: string): void {
  writeFileSync(place.at("d.jsonl"), '{"prompt": "Is it so?"}\n');
  writeFileSync(place.at("annotators.yaml"), `annotators:\n  own: {base_url: "${url}", model: m}\n`);
}

test("a server that knows no seed gets what was given, and no more", async () => {
  await using server = await strictServer();
  await using place = workplace();
  placed(place, server.url);
  const { code, stderr } = await place.run(...preview, "--min_p", "0.1", "--repetition-penalty", "1.1");
  expect(stderr).not.toContain("Unknown parameter");
  expect(code).toBe(0);
  const messages = [{ role: "user", content: "Is it so?" }];
  expect(server.bodies).toEqual([
    { model: "m", messages, max_tokens: 2048, min_p: 0.1, repetition_penalty: 1.1 },
  ]);
});

test("a built-in model that does not know min_p refuses it by name before any call", async () => {
  await using place = workplace({ OPENAI_API_KEY: "sk-x" });
  placed(place, "http://127.0.0.1:1/v1");
  const job = ["reannotate", "--dataset", "d.jsonl", "--annotator", "gpt-4o-mini"];
  const { code, stderr } = await place.run(...job, "--dry_run", "--min_p", "0.1");
  expect(stderr).toBe(
    "Error: gpt-4o-mini does not take min_p (given: 0.1): leave it out, or pass it in extra_body if you know that the model takes it.\n",
  );
  expect(code).toBe(2);
});

test("a whole job on such a server shows in config.yaml what was sent, and is compared by that", async () => {
  await using server = await strictServer();
  await using place = workplace();
  placed(place, server.url);
  const job = [
    "reannotate",
    "--dataset",
    "d.jsonl",
    "--annotator",
    "own",
    "--save_dir",
    "out",
    "--min_p",
    "0.1",
  ];
  const first = await place.run(...job);
  expect([first.code, server.bodies.length]).toEqual([0, 1]);
  const { params } = parse(readFileSync(place.at("out/d_own/config.yaml"), "utf8"));
  expect(params).toMatchObject({ min_p: 0.1, max_tokens: 2048, n: 1 });
  for (const name of ["temperature", "top_p", "seed"]) expect(params).not.toHaveProperty(name);
  const again = await place.run(...job);
  expect([again.code, server.bodies.length]).toEqual([0, 1]);
  const other = await place.run(...job, "--seed", "7");
  expect(other.stderr).toMatch(/other parameters \(seed: not given -> 7\)/);
  expect([other.code, server.bodies.length]).toEqual([2, 1]);
});
