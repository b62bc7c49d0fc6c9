import { UserError } from "../../shared/errors.ts";
import { readCliConfig } from "../config.ts";
import type { AssayCommand } from "../flags/command-line.ts";
import { type Home, homeAt } from "../supervisor/home.ts";
import { brokersOn, stopLeftovers } from "../supervisor/leftovers.ts";
import { tryLock } from "../supervisor/lock.ts";
import { signal } from "../supervisor/process-identity.ts";
import { runningState } from "../supervisor/state.ts";
import { tell } from "../view/terminal.ts";

const PATIENCE_MS = 30_000;

export function addDown(program: AssayCommand): void {
  program
    .command("down")
    .summary("stop the system that runs here")
    .description("Stops the services, then the broker. Jobs go on at the next start.")
    .action(async () => {
      await down(homeAt(readCliConfig().home));
    });
}

async function down(home: Home): Promise<void> {
  const state = runningState(home);
  if (state !== undefined) {
    signal(state.supervisor, "SIGTERM");
    if (!(await hasEnded(home, state.supervisor.pid))) {
      const sentence = `The system (pid ${state.supervisor.pid}) does not end: see \`assay logs\`, or kill that process and run \`assay down\` again.`;
      throw new UserError(sentence, { exitCode: 3 });
    }
    tell("Stopped.");
  } else if (brokersOn(home).length === 0) {
    tell(`No system runs in ${home.folder}.`);
  } else {
    await endLeftovers(home);
  }
}

/** A command that brought the system up for its job lives a little longer than the system. */
async function hasEnded(home: Home, pid: number): Promise<boolean> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  while (runningState(home)?.supervisor.pid === pid) {
    if (performance.now() > giveUpAt) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}

/** The supervisor was killed; its broker was not. */
async function endLeftovers(home: Home): Promise<void> {
  const lock = tryLock(home.lock);
  if (lock === undefined)
    throw new UserError("The system is just starting or ending: try again.", { exitCode: 3 });
  try {
    await stopLeftovers(home, tell);
    tell("Stopped.");
  } finally {
    lock.release();
  }
}
