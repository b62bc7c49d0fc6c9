import { expect, test } from "vitest";
import type { MemberState } from "../../cli/supervisor/state.ts";
import { endsTheStart, openPhase } from "../../cli/supervisor/system-phase.ts";
import { EXIT } from "../../shared/errors.ts";

const member = (state: string) => ({ name: "judge", state }) as unknown as MemberState;

test("a system is ready once all of its processes are at once, and stays so", async () => {
  let states: MemberState[] = [];
  const phases: string[] = [];
  const phase = openPhase(
    () => states,
    (now) => void phases.push(now),
  );
  phase.changed();
  expect(phases).toEqual([]);
  for (const [a, b] of [
    ["ready", "starting"],
    ["waiting", "ready"],
    ["ready", "ready"],
    ["waiting", "ready"],
  ]) {
    states = [member(a!), member(b!)];
    phase.changed();
  }
  await phase.ready;
  phase.unable("judge", 1, 9, "it ended");
  phase.enter("stopping");
  expect(phases).toEqual(["starting", "starting", "ready", "ready", "stopping"]);
});

test("a process that can never start ends the start in its own words, named once", async () => {
  for (const [sentence, told] of [
    ["judge: no such folder", "judge: no such folder"],
    ["no such folder", "judge could not start: no such folder"],
  ] as const) {
    const phase = openPhase(
      () => [member("waiting")],
      () => {},
    );
    phase.unable("judge", 1, 1, "the port is taken");
    phase.unable("judge", EXIT.badInput, 1, sentence);
    await expect(phase.ready).rejects.toMatchObject({ message: told, exitCode: EXIT.badInput });
  }
});

test.each([
  [EXIT.badInput, 1, true],
  [1, 2, false],
  [1, 3, true],
  [null, 3, true],
] as const)("a process that ended with %s, %i times: the start ends: %s", (code, times, ends) => {
  expect(endsTheStart(code, times)).toBe(ends);
});
