import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { jobDetails } from "../../cli/view/job-details.ts";
import { progressLine } from "../../cli/view/progress-line.ts";
import { until, workplace } from "./assay.ts";
import { runningJob } from "./running-job.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

describe("a job that waits", () => {
  const waits = [{ what: "the provider's rate limit (429)", sinceMs: 8_000, untilMs: 68_000 }];

  test("says for what, since when and until when, and neither rate nor time left", () => {
    const line = progressLine({ ...runningJob, waits }, 100, 20_000);
    expect(line).toMatch(
      /^10,011\/20,022 rows, waiting for the provider's rate limit \(429\): 0:12 so far, until \d\d:\d\d:\d\d \(0:48 left\)$/,
    );
    expect(jobDetails({ ...runningJob, waits }, 20_000)).toMatch(
      /^waits +for the provider's .* \(0:48 left\)$/m,
    );
    expect(progressLine({ ...runningJob, waits: [{ ...waits[0]!, untilMs: null }] }, 1, 20_000)).toMatch(
      /0:12 so far$/,
    );
  });

  test("for its turn says so after a while", () => {
    const queued = { ...runningJob, state: "queued" as const, createdAt: new Date(0).toISOString() };
    expect(progressLine(queued, undefined, 2_000)).toBe("queued");
    expect(progressLine(queued, undefined, 30_000)).toMatch(/^queued 0:30: as many jobs run as may/);
  });
});

/** Answers the first calls with a wait of a minute, as a provider does whose limit is used up. */
async function limited(): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(429, { "retry-after": "60", "content-type": "application/json" });
    response.end(JSON.stringify({ error: { message: "Rate limit reached.", code: "rate_limit_exceeded" } }));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

test("progress, show, jobs and log say that a rate limit is waited for, and a dispatcher", {
  timeout: 120_000,
}, async () => {
  await using place = workplace();
  const base = await limited();
  writeFileSync(
    place.at("annotators.yaml"),
    `annotators:\n  mine:\n    base_url: ${base}\n    model: m\n    key_variable: MINE\n`,
  );
  place.env.MINE = "key-of-a-test";
  writeFileSync(place.at("data.jsonl"), `${JSON.stringify({ instruction: "Say something." })}\n`);
  const job = place.start("reannotate", "--dataset", "data.jsonl", "--annotator", "mine");
  await job.says(/0\/1 rows, waiting for the provider's rate limit \(429\): .* until \d\d:\d\d:\d\d/);
  const [listed] = JSON.parse((await place.run("jobs", "--json")).stdout);
  expect(listed.waits).toEqual([expect.objectContaining({ what: "the provider's rate limit (429)" })]);
  expect((await place.run("show", listed.job)).stdout).toMatch(/^waits +for the provider's rate limit/m);
  expect((await place.run("logs", "dispatcher")).stdout).toMatch(
    /the route waits for the provider's rate limit/,
  );
  const dispatcher = (await place.status()).services.find(({ name }) => name === "dispatcher")!;
  process.kill(dispatcher.pid!, "SIGSTOP");
  let said = "";
  await until(async () => {
    said = (await place.run("show", listed.job)).stdout;
    return /^waits +for a dispatcher, none of which is there: 0:\d\d so far$/m.test(said);
  });
  process.kill(dispatcher.pid!, "SIGCONT");
  job.process.kill("SIGINT");
  await job.ended;
});
