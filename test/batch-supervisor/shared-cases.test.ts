import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JobView } from "../../shared/contracts/jobs-api.ts";
import { startService } from "../support/service.ts";
import { caseFile, type PlayedCases, playCases, withoutCases } from "../support/shared-cases.ts";
import { linesOf, startSystem, type TestSystem } from "../support/system.ts";

const ROWS = 6;
/** The row whose prompt holds BAD. */
const BAD = 3;
const ONCE = { created: 1, lines: ROWS };
/** The bad row is sent five times, alone after the first. */
const FIVE_TIMES = { created: 5, lines: ROWS + 4 };

/** Scenarios after which every row has its answer, with what was sent for that. */
const ANSWERED: Record<string, object> = {
  ...Object.fromEntries(
    [
      ...["ok", "outlate", "emptystr", "content404", "content500", "filenotready", "filenotfound404"],
      ...["foreignstatus", "createlimit429", "createlimit400", "enq400", "enq429", "azenq", "upper"],
      ...["nometa", "nolist", "wrapjob", "slashid", "crlf", "notrail", "bomout", "filespurpose"],
    ].map((name) => [name, ONCE]),
  ),
  failnull: { created: 3, lines: 3 * ROWS },
};

/** Scenarios in which the bad row alone fails, with its words. */
const ONE_FAILS: Record<string, [sent: object, words: RegExp]> = {
  status0: [FIVE_TIMES, /^The provider answers 0\b/],
  status0obj: [FIVE_TIMES, /^The provider answers 0\b/],
  line200err: [FIVE_TIMES, /^The provider answers 500: internal failure/],
  line403: [ONCE, /^The provider answers 403: Your input was flagged/],
};

/** Scenarios that a person must mend. */
const STOPPED: Record<string, [state: JobView["state"], sent: object, words: RegExp]> = {
  billinghard: ["paused", ONCE, /Billing hard limit has been reached.*Add credit/],
  azendpoint: ["failed", { created: 0, lines: 0 }, /'\/v1\/chat\/completions' is not supported/],
};

const SCENARIOS = [...Object.keys(ANSWERED), ...Object.keys(ONE_FAILS), ...Object.keys(STOPPED)];

const skips = withoutCases();

describe.skipIf(skips)("batches at odd providers", { timeout: 400_000 }, () => {
  const stack = new AsyncDisposableStack();
  let played: PlayedCases;
  let system: TestSystem;
  const jobs = new Map<string, string>();

  /** All of them at once, in one system: most wait for a played provider nearly all the time. */
  beforeAll(async () => {
    played = stack.use(await playCases("batch"));
    system = stack.use(await startSystem());
    const entries = SCENARIOS.map(
      (name) => `  ${name}: {base_url: "${played.url(name)}", batch: true, model: m}\n`,
    );
    const annotators = join(system.folder, "annotators.yaml");
    writeFileSync(annotators, `annotators:\n${entries.join("")}`);
    // Work that comes a second time, since a slow machine was late to say that it goes on, would be counted here.
    const patient = { ASSAY_ACK_WAIT_MS: "30000", ASSAY_JOB_LEASE_MS: "30000" };
    const environment = { ASSAY_ANNOTATORS: annotators, ...patient };
    await system.coordinator({ environment });
    stack.use(await startService("batch-supervisor", system.nats, environment));
    copyFileSync(caseFile("six.jsonl"), join(system.folder, "six.jsonl"));
    for (const annotator of SCENARIOS) {
      const message = { dataset: "six.jsonl", annotator, batch: true, poll: 0.5, hedge: "off" };
      jobs.set(annotator, await system.start(message));
    }
  }, 400_000);
  afterAll(() => stack.disposeAsync());

  const viewOf = async (name: string) => await system.over(jobs.get(name)!, 360_000);

  test.each(Object.entries(ANSWERED))(
    "%s: every row is answered, and sent as often as told",
    async (name, sent) => {
      expect(await viewOf(name)).toMatchObject({ state: "completed", done: ROWS, failed: 0 });
      expect(await played.log(name)).toMatchObject(sent);
    },
  );

  test.each(Object.entries(ONE_FAILS))("%s: the bad row fails alone", async (name, [sent, words]) => {
    const view = await viewOf(name);
    expect(view).toMatchObject({ state: "completed_with_errors", done: ROWS - 1, failed: 1 });
    const [error, ...others] = linesOf(join(view.outputFolder, "errors.jsonl"));
    expect([error?.row, others]).toEqual([BAD, []]);
    expect(error?.message).toMatch(words);
    expect(await played.log(name)).toMatchObject(sent);
  });

  test.each(Object.entries(STOPPED))("%s: the job stops and says why", async (name, [state, sent, words]) => {
    const view = await viewOf(name);
    expect(view.state).toBe(state);
    expect(JSON.stringify(view.reason)).toMatch(words);
    expect(await played.log(name)).toMatchObject(sent);
  });

  test("every scenario that is played stands here", () => {
    const source = readFileSync(caseFile("../providers/batch.mjs"), "utf8");
    const played = [...source.matchAll(/^ {2}(\w+): \{/gm)].map(([, name]) => name);
    // Its batch is over after ten minutes.
    expect(played.filter((name) => name !== "canceling").sort()).toEqual([...SCENARIOS].sort());
  });
});
