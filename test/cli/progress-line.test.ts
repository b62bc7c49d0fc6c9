import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clock, dollars, duration, short } from "../../cli/view/amounts.ts";
import { exitCodeOf, jobObject, jobSummary } from "../../cli/view/job-report.ts";
import { progressLine, rateOf, type Sample, withSample } from "../../cli/view/progress-line.ts";
import type { JobView } from "../../shared/contracts/jobs-api.ts";
import { runningJob as view } from "./running-job.ts";

describe("the progress line", () => {
  test("names rows, failures, rate, tokens, cost and the time that is left", () => {
    expect(progressLine(view, 100)).toBe(
      "10,011/20,022 rows, 11 failed, 100 rows/s, 1.23M+999 tokens, $0.25, 1:40 left",
    );
  });

  test("says unknown, never 0, where the model has no price", () => {
    expect(progressLine({ ...view, cost: null }, 100)).toContain("cost unknown");
    expect(jobSummary({ ...view, state: "completed", cost: null }, { resume: "", retry: "" })).toContain(
      "cost unknown",
    );
  });

  test("promises no time while nothing moves", () => {
    expect(progressLine(view, 0)).not.toContain("left");
    expect(progressLine(view, undefined)).not.toContain("rows/s");
  });

  test("the rate is that of the last 15 seconds, and never negative", () => {
    const steps = fc.array(fc.record({ afterMs: fc.nat(4000), rows: fc.integer({ min: -50, max: 500 }) }));
    fc.assert(
      fc.property(steps, (taken) => {
        let samples: Sample[] = [];
        let [atMs, rows] = [0, 0];
        for (const step of taken) {
          atMs += step.afterMs;
          rows = Math.max(0, rows + step.rows);
          samples = withSample(samples, { atMs, rows });
          expect(rateOf(samples) ?? 0).toBeGreaterThanOrEqual(0);
          expect(atMs - samples[0]!.atMs).toBeLessThanOrEqual(15_000);
        }
      }),
    );
  });
});

describe("how a job ended", () => {
  const codes: [Partial<JobView>, number][] = [
    [{ state: "completed", failed: 0 }, 0],
    [{ state: "completed_with_errors", failed: 3 }, 1],
    [{ state: "failed", reason: { code: "bad_input", message: "Line 3 is no JSON." } }, 2],
    [{ state: "failed", reason: { code: "disk", message: "The disk is full." } }, 3],
    [{ state: "paused", reason: { code: "authentication", message: "The key is refused." } }, 3],
    [{ state: "paused", reason: { code: "max_cost", message: "The budget is used up." } }, 3],
    [{ state: "cancelled" }, 3],
  ];
  test.each(codes)("%j is exit code %i", (ended, code) => {
    expect(exitCodeOf({ ...view, ...ended })).toBe(code);
  });

  test("is one object for programs", () => {
    expect(Object.keys(jobObject({ ...view, state: "completed" }))).toEqual([
      ...["job", "state", "rows", "done", "failed", "output", "seconds"],
      ...["promptTokens", "completionTokens", "cost"],
    ]);
  });

  test("a pause by a person tells its reason in the progress line; one that ends the view leaves that to the summary", () => {
    const paused = (code: string) =>
      progressLine({ ...view, state: "paused", reason: { code, message: "Resume it to go on." } }, undefined);
    expect([paused("user"), paused("max_cost")]).toEqual(["paused: Resume it to go on.", "paused"]);
  });

  test("a pause tells its reason and how to go on", () => {
    const paused: JobView = {
      ...view,
      state: "paused",
      reason: { code: "quota", message: "The quota is used up." },
    };
    const summary = jobSummary(paused, { resume: "assay jobs resume 0123", retry: "" });
    expect(summary).toContain("The quota is used up.");
    expect(summary).toContain("To go on: assay jobs resume 0123");
  });

  test("failed rows are counted, and how to ask them again is said", () => {
    const ended: JobView = { ...view, state: "completed_with_errors" };
    const summary = jobSummary(ended, { resume: "", retry: "assay reannotate --dataset d --retry-failed" });
    expect(summary).toContain("11 rows failed: /out/errors.jsonl says why.\n");
    const told = jobSummary(ended, { resume: "", retry: "" }, "row 7: The provider answers 400.");
    expect(told).toContain("says why. The first is row 7: The provider answers 400.");
    expect(summary).toContain("assay reannotate --dataset d --retry-failed");
  });
});

test("amounts are written for people", () => {
  expect([short(999), short(12_345), short(4_560_000), short(7.1e9)]).toEqual([
    "999",
    "12.3k",
    "4.56M",
    "7.10G",
  ]);
  expect([dollars(0), dollars(0.000_123), dollars(12.345), dollars(null)]).toEqual([
    ...["$0.00", "$0.00012", "$12.35", "unknown"],
  ]);
  expect([duration(4.21), duration(59), duration(185), clock(7385)]).toEqual([
    "4.2 s",
    "59 s",
    "3:05",
    "2:03:05",
  ]);
});
