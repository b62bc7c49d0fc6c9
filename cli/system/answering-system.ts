import { existsSync } from "node:fs";
import { join } from "node:path";
import type { CliConfig } from "../config.ts";
import { homeAt } from "../supervisor/home.ts";
import { notRunning } from "../supervisor/state.ts";
import { type System, startSystem } from "../supervisor/system.ts";
import { tell } from "../view/terminal.ts";

/**
 * Starts a broker and a coordinator that answer questions about the jobs of a home where no system runs, from what lies on
 * its disk. No job goes on meanwhile.
 * @throws UserError where no system has ever run there
 */
export async function startAnsweringSystem(config: CliConfig): Promise<System> {
  const home = homeAt(config.home);
  if (!existsSync(join(home.natsData, "jetstream"))) throw notRunning(home);
  tell("No system runs here: this is what the last one left.\nJobs stand still until one runs.");
  const system = await startSystem({
    home,
    dataRoot: process.cwd(),
    replicas: {},
    port: null,
    simulator: false,
    annotators: undefined,
    forOneJob: true,
    onlyAnswers: true,
    said: () => {},
  });
  try {
    await system.ready;
    return system;
  } catch (error) {
    await system.stop();
    throw error;
  }
}
