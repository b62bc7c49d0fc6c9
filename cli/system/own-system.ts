import { EXIT, UserError } from "../../shared/errors.ts";
import type { CliConfig } from "../config.ts";
import { homeAt } from "../supervisor/home.ts";
import { runningState } from "../supervisor/state.ts";
import { type System, startSystem } from "../supervisor/system.ts";
import { levelOf, type RunFlags } from "./run-flags.ts";

/** What a command wants of the system that carries out its job. */
export interface SystemWanted {
  config: CliConfig;
  flags: RunFlags;
  /** Registry of further annotators. */
  file: string | undefined;
}

/** Before anything is asked of it: a running system that is not what the flags want. @throws UserError (exit code 3) */
export function refuseOtherSystem({ config, flags, file }: SystemWanted): void {
  if (config.natsUrl !== undefined && flags.simulator) {
    const sentence =
      "--simulator is for a system that runs here, but ASSAY_NATS_URL names one that calls what it was started with: unset the variable, or leave out --simulator.";
    throw new UserError(sentence, { exitCode: EXIT.couldNotRun });
  }
  const state = config.natsUrl === undefined ? runningState(homeAt(config.home)) : undefined;
  if (state === undefined) return;
  const wayOut = "run `assay down` first, and this command brings up its own";
  if (flags.simulator && !state.services.some((service) => service.name === "openai-simulator")) {
    throw new UserError(`The running system has no simulator: ${wayOut}.`, { exitCode: EXIT.couldNotRun });
  }
  if (flags.annotators !== undefined && state.annotators !== file) {
    const has = state.annotators ?? "no file of annotators";
    throw new UserError(`The running system has ${has}, not ${file}: ${wayOut}.`, {
      exitCode: EXIT.couldNotRun,
    });
  }
}

/** Nobody would be left to bring up the next when it ends. @throws UserError where the running system ends with another command */
export function refusePassingSystem(config: CliConfig): void {
  const state = config.natsUrl === undefined ? runningState(homeAt(config.home)) : undefined;
  if (state?.forOneJob !== true) return;
  const sentence = `The system that runs here was brought up by another command for its own job (pid ${state.supervisor.pid}) and ends with it, so no job can be left to it: leave out --detach, or wait until that command has ended.`;
  throw new UserError(sentence, { exitCode: EXIT.couldNotRun });
}

/** Starts a system that lives as long as this command's job. @throws UserError when it cannot be */
export async function startOwnSystem(
  { config, flags, file }: SystemWanted,
  note: (line: string) => void,
): Promise<System> {
  return await startSystem({
    home: homeAt(config.home),
    dataRoot: process.cwd(),
    replicas: {},
    port: null,
    simulator: flags.simulator ?? false,
    annotators: file,
    logLevel: levelOf(flags),
    forOneJob: true,
    said: (line) => {
      if (!/ is ready /.test(line)) note(line);
    },
  });
}
