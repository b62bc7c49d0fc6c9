import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { EXIT, UserError } from "../errors.ts";
import { packageRoot } from "./package-root.ts";

const FAILURE = "Error: ";

/**
 * Absolute path of a nats-server that is new enough: ASSAY_NATS_SERVER, PATH, one fetched earlier, or one fetched now
 * (some seconds, once a machine). `report` receives a line for what takes time or is passed over.
 * @throws UserError (exit code 3) with the way out when there is none.
 */
export async function findNatsServer(report: (line: string) => void): Promise<string> {
  const finder = spawn("sh", [join(packageRoot, "deploy/setup/find-nats-server.sh")], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const closed = once(finder, "close");
  const path = text(finder.stdout);
  let failure: string | undefined;
  for await (const line of createInterface({ input: finder.stderr })) {
    if (line.startsWith(FAILURE)) failure = line.slice(FAILURE.length);
    else report(line);
  }
  const [code] = await closed;
  if (code === 0) return (await path).trim();
  throw new UserError(failure ?? `Looking for nats-server ended with exit code ${code}.`, {
    exitCode: EXIT.couldNotRun,
  });
}
