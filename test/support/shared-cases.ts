import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { skipUnless } from "./skip-unless.ts";

const FOLDER = fileURLToPath(new URL("../../../shared/cases", import.meta.url));

/** For `skipIf`: true where the small cases that went wrong once do not lie beside the project. */
export const withoutCases = () => skipUnless(existsSync(FOLDER), `the shared cases are not at ${FOLDER}`);

export const caseFile = (name: string) => `${FOLDER}/files/${name}`;

/** Providers that each have an oddity, in a process of their own. */
export interface PlayedCases extends AsyncDisposable {
  url(scenario: string): string;
  /** What was called there so far. */
  log(scenario: string): Promise<Record<string, unknown>>;
}

export async function playCases(which: "batch" | "chat"): Promise<PlayedCases> {
  const port = await freePort();
  const child = spawn(process.execPath, [`${FOLDER}/providers/${which}.mjs`, String(port)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once("data", () => resolve());
    child.once("exit", (code) => reject(new Error(`the played providers ended with ${code}`)));
  });
  const origin = `http://127.0.0.1:${port}`;
  return {
    url: (scenario) => `${origin}/${scenario}/v1`,
    log: async (scenario) =>
      (await (await fetch(`${origin}/_log/${scenario}`)).json()) as Record<string, unknown>,
    [Symbol.asyncDispose]: async () => void child.kill("SIGKILL"),
  };
}

/** It takes its port as an argument: one that is free now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
