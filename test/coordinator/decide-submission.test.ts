import { expect, test } from "vitest";
import {
  decideSubmission,
  type SubmissionFacts,
} from "../../services/coordinator/submitting/decide-submission.ts";
import { JobState, type RequestJob } from "../../shared/contracts/job-entry.ts";
import { parseReannotateMessage } from "../../shared/contracts/messages/reannotate-message.ts";
import { someEntry, someSpec } from "./job-entries.ts";

/**
 * What a later message does to the job of the same output folder: its state, `+` where a new run begins that keeps the
 * good results, `++` where one begins without them; `=` where nothing is done, `!` where it is refused.
 */
const TABLE: Record<
  JobState,
  { same: string; retry: string; format: string; overwrite: string; other: string }
> = {
  queued: { same: "queued", retry: "queued", format: "queued", overwrite: "queued++", other: "!" },
  running: { same: "running", retry: "running", format: "running", overwrite: "queued++", other: "!" },
  paused: { same: "running", retry: "running", format: "running", overwrite: "queued++", other: "!" },
  exporting: {
    same: "exporting",
    retry: "exporting",
    format: "exporting",
    overwrite: "queued++",
    other: "!",
  },
  completed: { same: "=", retry: "=", format: "queued+", overwrite: "queued++", other: "!" },
  completed_with_errors: {
    same: "=",
    retry: "queued+",
    format: "queued+",
    overwrite: "queued++",
    other: "!",
  },
  cancelled: { same: "queued+", retry: "queued+", format: "queued+", overwrite: "queued++", other: "!" },
  failed: { same: "queued+", retry: "queued+", format: "queued+", overwrite: "queued++", other: "!" },
};

const CASES = {
  same: {},
  retry: { retry_failed: true },
  format: { format: "csv" },
  overwrite: { overwrite: true },
  other: { seed: 43 },
} as const;

test.each(
  JobState.options.flatMap((state) =>
    Object.entries(TABLE[state]).map(([what, then]) => [state, what, then] as const),
  ),
)("a job that is %s, the %s message: %s", (state, what, then) => {
  expect(outcome(someEntry({ state }), factsOf(CASES[what as keyof typeof CASES]))).toBe(then);
});

test("a message that comes again is kept to, whatever it says and whatever became of the job since", () => {
  for (const state of JobState.options) {
    for (const seq of [3, 7]) {
      const facts = { ...factsOf({ overwrite: true, seed: 43 }), act: { seq } };
      expect(outcome(someEntry({ state, submission: 7 }), facts)).toBe("=");
    }
  }
});

test("a job without a single answer takes other parameters over when it had ended without a result", () => {
  for (const state of ["failed", "cancelled"] as const) {
    expect(outcome(someEntry({ state }), { ...factsOf({ seed: 43 }), done: 0 })).toBe("queued++");
  }
  expect(outcome(someEntry({ state: "completed" }), { ...factsOf({ seed: 43 }), done: 0 })).toBe("!");
});

const ONE = "https://one.example.com/v1";
const OTHER = "https://other.example.com/v1";

/** Endpoints of the entry that is written. */
function endpointsOf(existing: RequestJob | undefined, facts: SubmissionFacts) {
  const decision = decideSubmission({ ...facts, existing });
  return decision.kind === "write" ? decision.entry.endpoints : decision.kind;
}

test.each<[string, RequestJob | undefined, Partial<SubmissionFacts>, string[] | undefined]>([
  ["a new job has the one that was found", undefined, { endpoint: ONE }, [ONE]],
  ["... none where no service told it", undefined, { endpoint: null }, undefined],
  [
    "... none where answers of unknown origin are taken over",
    undefined,
    { endpoint: ONE, answersKept: true },
    undefined,
  ],
  ["a job that goes on at the same one keeps it", someEntry({ endpoints: [ONE] }), { endpoint: ONE }, [ONE]],
  ["... at another one has both", someEntry({ endpoints: [ONE] }), { endpoint: OTHER }, [ONE, OTHER]],
  ["... where none is told keeps what it knows", someEntry({ endpoints: [ONE] }), { endpoint: null }, [ONE]],
  ["... whose answers are of unknown origin has none", someEntry(), { endpoint: ONE, done: 3 }, undefined],
  ["... without an answer yet has the one that was found", someEntry(), { endpoint: ONE, done: 0 }, [ONE]],
  [
    "a cancelled one has both, too",
    someEntry({ state: "cancelled", endpoints: [ONE] }),
    { endpoint: OTHER },
    [ONE, OTHER],
  ],
])("endpoints: %s", (_, existing, changes, endpoints) => {
  expect(endpointsOf(existing, { ...factsOf({}), done: 3, ...changes })).toEqual(endpoints);
});

test("endpoints: a job that is made anew forgets those of the answers that it gives up", () => {
  const existing = someEntry({ endpoints: [ONE] });
  expect(endpointsOf(existing, { ...factsOf({ overwrite: true }), endpoint: OTHER })).toEqual([OTHER]);
  expect(endpointsOf(existing, { ...factsOf({ overwrite: true }), endpoint: null })).toBeUndefined();
});

test("the first message makes a job, and a refusal names each parameter with both values", () => {
  expect(outcome(undefined, factsOf({}))).toBe("queued");
  const decision = decideSubmission({ ...factsOf({ seed: 43 }), existing: someEntry() });
  expect(decision).toMatchObject({ kind: "refuse", error: expect.stringContaining("(seed: 42 -> 43)") });
});

test("a completed job whose output is gone writes it again, and is refused where nothing is left to write it from", () => {
  for (const state of ["completed", "completed_with_errors"] as const) {
    const kept = decideSubmission({
      ...factsOf({}),
      existing: someEntry({ state }),
      outputGone: "answers kept",
    });
    expect(kept).toMatchObject({
      kind: "write",
      entry: { state: "queued", firstRun: 1 },
      note: expect.stringMatching(/is written again/),
    });
    expect(outcome(someEntry({ state }), { ...factsOf({}), outputGone: "answers gone" })).toBe("!");
    expect(
      outcome(someEntry({ state }), { ...factsOf({ overwrite: true }), outputGone: "answers gone" }),
    ).toBe("queued++");
  }
});

test("what may change while a job is under way is taken over, and its work folder stays", () => {
  const submitted = factsOf({}).submitted;
  const spec = { ...submitted.spec, maxCost: 5, workFolder: "/elsewhere" };
  const decision = decideSubmission({
    ...factsOf({}),
    submitted: { ...submitted, spec },
    existing: someEntry({ state: "paused", reason: { code: "max_cost", message: "." } }),
  });
  expect(decision).toMatchObject({
    kind: "write",
    entry: {
      state: "running",
      reason: null,
      submission: 8,
      spec: { maxCost: 5, workFolder: someSpec().workFolder },
    },
  });
});

function factsOf(changes: Record<string, unknown>): SubmissionFacts {
  // The seed is the one in force for this annotator where a message gives none.
  const given = { dataset: "/data/d.jsonl", annotator: "gpt-4o-mini", seed: 42, ...changes };
  const message = parseReannotateMessage(given);
  const { dataset, annotator, seed, format, max_attempts } = message;
  const params = { dataset, annotator, seed, format, max_attempts };
  return {
    submitted: {
      id: someEntry().id,
      kind: "dataset-reannotate",
      input: message.dataset,
      placeFlag: "--save_dir",
      retryFailed: message.retry_failed,
      overwrite: message.overwrite,
      spec: someSpec({ params, format }),
    },
    act: { seq: 8 },
    traceparent: "t",
    uuid: "another",
    nowIso: "2026-02-02T00:00:00.000Z",
    existing: undefined,
    done: 10,
    failed: 2,
    answersKept: false,
    outputGone: false,
    endpoint: null,
  };
}

function outcome(existing: RequestJob | undefined, facts: SubmissionFacts): string {
  const decision = decideSubmission({ ...facts, existing });
  if (decision.kind === "keep") return "=";
  if (decision.kind === "refuse") return "!";
  const { entry } = decision;
  if (existing === undefined || entry.run === existing.run) return entry.state;
  const fresh = entry.firstRun === entry.run;
  // Without the earlier results there is a work folder of its own, so that they cannot be taken for its own.
  expect(entry.spec.workFolder === existing.spec.workFolder).toBe(!fresh);
  expect(entry.uuid === existing.uuid).toBe(!fresh);
  return `${entry.state}${fresh ? "++" : "+"}`;
}
