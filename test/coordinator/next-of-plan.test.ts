import { expect, test } from "vitest";
import { nextOfPlan, type StepStanding } from "../../services/coordinator/plans/next-of-plan.ts";
import type { JobState } from "../../shared/contracts/job-entry.ts";

/** How steps stand, a letter each. */
const STANDINGS: Record<string, (name: string) => StepStanding> = {
  w: (name) => ({ name, after: [], kind: "waiting" }),
  q: submitted("queued"),
  r: submitted("running"),
  x: submitted("exporting"),
  p: submitted("paused", { code: "authentication", message: "The key was refused." }),
  c: submitted("completed"),
  e: submitted("completed_with_errors"),
  f: submitted("failed", { code: "bad_input", message: "A row is bad." }),
  k: submitted("cancelled"),
  "2": (name) => ({ name, after: [], kind: "refused", message: "It takes no seed.", exitCode: 2 }),
  "3": (name) => ({ name, after: [], kind: "refused", message: "No key is set.", exitCode: 3 }),
};

function submitted(state: JobState, reason: { code: string; message: string } | null = null) {
  return (name: string): StepStanding => ({ name, after: [], kind: "begun", state, reason });
}

const moveOf = (letters: string) =>
  nextOfPlan([...letters].map((letter, at) => STANDINGS[letter]!(`m${at}`)));

test.each([
  ["ww", "begin m0,m1"],
  ["wr", "begin m0"],
  ["fwp", "begin m1"],
  ["qc", "wait"],
  ["xc", "wait"],
  ["pr", "wait"],
  ["2r", "wait"],
  ["3q", "wait"],
  ["cc", "completed"],
  ["ce", "completed_with_errors"],
  ["cf", "completed_with_errors"],
  ["ck", "completed_with_errors"],
  ["c2", "completed_with_errors"],
  ["cp", "paused"],
  ["c3", "paused"],
  ["fp", "paused"],
  ["23", "paused"],
  ["ff", "failed"],
  ["22", "failed"],
  ["kk", "failed"],
])("steps that stand %s: %s", (letters, expected) => {
  const move = moveOf(letters);
  const said =
    move.kind === "begin" ? `begin ${move.steps.join()}` : move.kind === "end" ? move.state : move.kind;
  expect(said).toBe(expected);
});

test.each(["c2", "cf", "ck"])("a chain lacks what its last step should have written: %s", (letters) => {
  const steps = [...letters].map((letter, at) => STANDINGS[letter]!(`m${at}`));
  const [first, last] = steps as [StepStanding, StepStanding];
  expect(nextOfPlan([first, { ...last, after: [first.name] }])).toMatchObject({ state: "failed" });
});

test("the reason names each step that is in the way; its code is that of the one that can be resumed", () => {
  expect(moveOf("f2pc")).toEqual({
    kind: "end",
    state: "paused",
    reason: {
      code: "authentication",
      message:
        "m0 failed: A row is bad. m1 was refused: It takes no seed. m2 is paused: The key was refused.",
    },
  });
  expect(moveOf("ce")).toMatchObject({ reason: null });
  expect(moveOf("ck")).toMatchObject({ reason: { code: "cancelled", message: "m1 was cancelled." } });
});
