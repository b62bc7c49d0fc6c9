import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { EXIT, UserError } from "../../shared/errors.ts";
import { moduleOf } from "../../shared/installation/package-root.ts";
import { inheritedEnvironment } from "../../shared/runtime/process/config.ts";
import { type Home, homeAt } from "../supervisor/home.ts";
import { SIMULATED_KEY } from "../supervisor/members.ts";
import { runningState } from "../supervisor/state.ts";

/** A simulator for a few calls: the running system's, or one that ends with this. */
export interface SimulatorAlone extends AsyncDisposable {
  /** As OPENAI_BASE_URL. */
  readonly url: string;
  readonly key: string;
}

/** @throws UserError (exit code 3) when it does not start */
export async function openSimulator(home: string): Promise<SimulatorAlone> {
  const running = runningAt(homeAt(home));
  if (running !== undefined)
    return { url: running, key: SIMULATED_KEY, [Symbol.asyncDispose]: async () => {} };
  const child = spawn(process.execPath, [moduleOf("services/openai-simulator/main.ts")], {
    // It ends when its standard input closes, however this process ends.
    stdio: ["pipe", "pipe", "ignore"],
    env: { ...inheritedEnvironment(), ASSAY_SUPERVISED: "1", ASSAY_SIMULATOR_PORT: "0" },
  });
  const gone = new Promise<void>((resolve) => void child.once("exit", () => resolve()));
  const close = async () => {
    child.kill("SIGTERM");
    await gone;
  };
  for await (const line of createInterface({ input: child.stdout })) {
    const { listening } = JSON.parse(line) as { listening: string };
    return { url: listening, key: SIMULATED_KEY, [Symbol.asyncDispose]: close };
  }
  throw new UserError("The simulator did not start: `node services/openai-simulator/main.ts` says why.", {
    exitCode: EXIT.couldNotRun,
  });
}

function runningAt(home: Home): string | undefined {
  const simulator = runningState(home)?.services.find(({ name }) => name === "openai-simulator");
  return simulator?.http ? `${simulator.http}/v1` : undefined;
}
