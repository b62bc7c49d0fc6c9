import { readFileSync } from "node:fs";
import { z } from "zod";
import { EXIT, UserError } from "../../shared/errors.ts";
import { type Home, writeWhole } from "./home.ts";
import { isAlive } from "./process-identity.ts";

const Identity = z.object({ pid: z.int(), started: z.string() });

export const MemberState = z.object({
  name: z.string(),
  replica: z.string(),
  process: Identity.nullable(),
  /** waiting: it ended and is started again after its back-off. */
  state: z.enum(["starting", "ready", "waiting", "stopped"]),
  restarts: z.int(),
  /** Where /metrics, /healthz and /readyz are, or what the simulator serves. */
  http: z.string().nullable(),
  /** Why it ended last, when it did so by itself. */
  fault: z.string().nullable(),
});
export type MemberState = z.infer<typeof MemberState>;

/** What a supervisor tells other commands; written whole at every change. */
export const SystemState = z.object({
  supervisor: Identity,
  phase: z.enum(["starting", "ready", "stopping", "stopped"]),
  /** Brought up by a command for its own job, and gone with it. */
  forOneJob: z.boolean(),
  /** Paths of bare messages must lie below. */
  dataRoot: z.string(),
  /** The registry file of its services. */
  annotators: z.string().nullable(),
  ports: z.record(z.string(), z.int()),
  nats: MemberState,
  services: z.array(MemberState),
});
export type SystemState = z.infer<typeof SystemState>;

export function writeState(home: Home, state: SystemState): void {
  writeWhole(home.state, `${JSON.stringify(state, null, 1)}\n`);
}

/** The last state that a supervisor wrote here, whether or not it still lives. */
export function readState(home: Home): SystemState | undefined {
  try {
    return SystemState.parse(JSON.parse(readFileSync(home.state, "utf8")));
  } catch {
    return undefined;
  }
}

/** The state of the system that runs here now, also while it starts or ends. */
export function runningState(home: Home): SystemState | undefined {
  const state = readState(home);
  return state !== undefined && state.phase !== "stopped" && isAlive(state.supervisor) ? state : undefined;
}

export function notRunning(home: Home): UserError {
  const sentence = `No system runs in ${home.folder}: start one with \`assay up\`, or go to the folder where one runs.`;
  return new UserError(sentence, { exitCode: EXIT.couldNotRun });
}
