import { EXIT, UserError } from "../../shared/errors.ts";
import type { MemberState, SystemState } from "./state.ts";

/*
 * How far a system is.
 *
 * | it is | and becomes | when |
 * |---|---|---|
 * | starting | ready | all of its processes are ready at once; one that ends later is started again, and it stays ready |
 * | starting | failed: `ready` rejects | a process ends for its settings, or three times before it was ready (`endsTheStart`) |
 * | any | stopping, then stopped | it is told so |
 */
export type Phase = SystemState["phase"];

export interface SystemPhase {
  /** Resolves when all are ready. @throws UserError when one can never be */
  readonly ready: Promise<void>;
  /** The state of a process has changed. */
  changed(): void;
  /** A process ended before it was ready, for the nth time in a row. */
  unable(name: string, code: number | null, times: number, sentence: string): void;
  enter(next: Phase): void;
}

const TRIES_TO_START = 3;

/**
 * @param states of all processes; none while they are being started
 * @param write makes it known
 */
export function openPhase(
  states: () => readonly MemberState[],
  write: (phase: Phase, states: readonly MemberState[]) => void,
): SystemPhase {
  const ready = Promise.withResolvers<void>();
  ready.promise.catch(() => {});
  let phase: Phase = "starting";
  const changed = () => {
    const all = states();
    if (all.length === 0) return;
    if (phase === "starting" && all.every(({ state }) => state === "ready")) phase = "ready";
    write(phase, all);
    if (phase === "ready") ready.resolve();
  };
  return {
    ready: ready.promise,
    changed,
    unable: (name, code, times, sentence) => {
      if (phase !== "starting" || !endsTheStart(code, times)) return;
      const told = sentence.startsWith(`${name}: `) ? sentence : `${name} could not start: ${sentence}`;
      const exitCode = code === EXIT.badInput ? EXIT.badInput : EXIT.couldNotRun;
      ready.reject(new UserError(told, { exitCode }));
    },
    enter: (next) => {
      phase = next;
      changed();
    },
  };
}

/** Wrong settings stay wrong; a start that failed for another reason may succeed the next time. */
export function endsTheStart(code: number | null, times: number): boolean {
  return code === EXIT.badInput || times >= TRIES_TO_START;
}
