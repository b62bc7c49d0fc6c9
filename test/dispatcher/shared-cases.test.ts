import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JobView } from "../../shared/contracts/jobs-api.ts";
import { startService } from "../support/service.ts";
import { caseFile, type PlayedCases, playCases, withoutCases } from "../support/shared-cases.ts";
import { linesOf, startSystem, type TestSystem } from "../support/system.ts";

const ROWS = 6;
/** The row whose prompt holds BAD. */
const BAD = 3;
const MANY = Number.POSITIVE_INFINITY;
/** They close connections that are idle for a while, whoever uses them by then: other scenarios have an address of their own. */
const CLOSING = new Set(["idleclose", "idle2"]);

/** Scenarios after which every row has its answer, with the most calls that may take. */
const ANSWERED: Record<string, number> = {
  ...Object.fromEntries(
    [
      ...["plain", "parts", "nousage", "usagestrings", "hiddenreasoning", "finish_eos", "finish_null"],
      ...[
        "whitespace",
        "earlyhints",
        "idleclose",
        "slow",
        "mistral422",
        "cached",
        "echo",
        "tpm200k",
        "tpmlow",
      ],
      ...["gzip", "bom", "ssecomments", "ssealways", "nanlogprobs", "textchoice", "idle2"],
    ].map((name) => [name, ROWS]),
  ),
  ...{ toperror429: 7, blip401: 7, blip404: 7, r429date: 7, r429float: 7, r429unit: 7, r429plain: 11 },
  ...{ truncchunk: 12, html502: 12, groq498: 12, gemini429: 9, r429zero: MANY, r429past: MANY },
  ...{ load503: MANY, load503after2: MANY },
};

/** Scenarios in which the bad row alone fails, with its words and the calls that it takes. */
const ONE_FAILS: Record<string, [calls: number, words: RegExp]> = {
  choiceerror: [10, /^The provider broke off its answer: Upstream dropped/],
  finish_insufficient: [
    10,
    /^The provider broke off its answer: finish_reason "insufficient_system_resource"/,
  ],
  contentfilter: [10, /^The answer ended with finish_reason "content_filter"/],
  toperrorstring: [10, /Prompt too long: 9000 tokens/],
  emptychoices: [10, /^The answer is no chat completion/],
  flagged403: [
    8,
    /^The provider answers 403: Your chosen model requires moderation and your input was flagged/,
  ],
  image404: [8, /^The provider answers 404: No endpoints found that support image input/],
  geminilist: [
    6,
    /^The provider answers 400: Unable to submit request because it has an empty text parameter/,
  ],
  fastapi422: [6, /^The provider answers 422: seed: Extra inputs are not permitted/],
  openrouter400: [6, /^The provider answers 400: .*max_tokens is too large: 50000/],
  groq413: [6, /^The provider answers 413: Request too large for model/],
};

/** Scenarios that a person must mend, with the most calls until that is known. */
const STOPPED: Record<string, [calls: number, words: RegExp]> = {
  anthropic_credit: [ROWS, /Your credit balance is too low.*Add credit/],
  xai403credit: [ROWS, /used all available credits.*Add credit/],
  quota429text: [ROWS, /Your account has insufficient balance.*Add credit/],
  expired401: [ROWS, /token expired/],
  streamonly: [ROWS, /only support stream mode.*stream: true of annotator streamonly/],
};

const SCENARIOS = [ANSWERED, ONE_FAILS, STOPPED].flatMap((some) => Object.keys(some));

const skips = withoutCases();

describe.skipIf(skips)("calls to odd providers", { timeout: 400_000 }, () => {
  const stack = new AsyncDisposableStack();
  let played: PlayedCases;
  let closing: PlayedCases;
  const playedOf = (name: string) => (CLOSING.has(name) ? closing : played);
  let system: TestSystem;
  const jobs = new Map<string, string>();

  /** All of them at once, in one system: most wait for a played provider nearly all the time. */
  beforeAll(async () => {
    played = stack.use(await playCases("chat"));
    closing = stack.use(await playCases("chat"));
    system = stack.use(await startSystem());
    const entries = SCENARIOS.map((name) => `  ${name}: {base_url: "${playedOf(name).url(name)}"}\n`);
    const annotators = join(system.folder, "annotators.yaml");
    writeFileSync(annotators, `annotators:\n${entries.join("")}`);
    // Work that comes a second time, since a slow machine was late to say that it goes on, would be counted here.
    const patient = { ASSAY_ACK_WAIT_MS: "30000", ASSAY_JOB_LEASE_MS: "30000" };
    const environment = { ASSAY_ANNOTATORS: annotators, ...patient };
    await system.coordinator({ environment });
    stack.use(await startService("dispatcher", system.nats, environment));
    copyFileSync(caseFile("six.jsonl"), join(system.folder, "six.jsonl"));
    for (const annotator of SCENARIOS)
      jobs.set(annotator, await system.start({ dataset: "six.jsonl", annotator, concurrency: 1 }));
  }, 400_000);
  afterAll(() => stack.disposeAsync());

  const viewOf = async (name: string) => await system.over(jobs.get(name)!, 360_000);
  const callsOf = async (name: string) => (await playedOf(name).log(name)).calls as number;

  test.each(Object.entries(ANSWERED))(
    "%s: every row is answered, with no more calls than that takes",
    async (name, most) => {
      expect(await viewOf(name)).toMatchObject({ state: "completed", done: ROWS, failed: 0 });
      const { seen, calls } = await playedOf(name).log(name);
      expect(calls, JSON.stringify(seen)).toBeLessThanOrEqual(most);
    },
  );

  test.each(Object.entries(ONE_FAILS))(
    "%s: the bad row fails alone, and says why",
    async (name, [calls, words]) => {
      const view = await viewOf(name);
      expect(view).toMatchObject({ state: "completed_with_errors", done: ROWS - 1, failed: 1 });
      const [error, ...others] = linesOf(join(view.outputFolder, "errors.jsonl"));
      expect([error?.row, others]).toEqual([BAD, []]);
      expect(error?.message).toMatch(words);
      expect(await callsOf(name)).toBeLessThanOrEqual(calls);
    },
  );

  test.each(Object.entries(STOPPED))("%s: the job stops and says why", async (name, [calls, words]) => {
    const view: JobView = await viewOf(name);
    expect(view.state).toBe(name === "streamonly" ? "failed" : "paused");
    expect(JSON.stringify(view.reason)).toMatch(words);
    expect(await callsOf(name)).toBeLessThanOrEqual(calls);
  });

  test("hiddenreasoning: what was thought is charged, too", async () => {
    expect(await viewOf("hiddenreasoning")).toMatchObject({ completionTokens: ROWS * (10_041 - 32) });
  });

  test("ssealways: the answer is put together", async () => {
    const { outputFolder } = await viewOf("ssealways");
    expect(JSON.stringify(linesOf(join(outputFolder, "responses.jsonl"))[0])).toContain('"text":"hello"');
  });
});
