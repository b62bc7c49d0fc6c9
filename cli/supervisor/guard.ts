import { spawn } from "node:child_process";
import { moduleBeside } from "../../shared/installation/module-beside.ts";
import type { Home } from "./home.ts";

const cleaner = moduleBeside(import.meta.url, "./guard-process.ts");

/** Waits for the end of its standard input, then becomes the program that its arguments name. */
const WAIT_THEN_RUN = 'while read -r _; do :; done; exec "$@"';

/**
 * Starts a process that outlives this one and ends the broker then, once the services are through. The services see
 * by themselves that their supervisor is gone, but nats-server watches nobody: after a SIGKILL it would run for ever.
 * Until then the guard is a shell that reads a pipe, 1 MB large. It is in a session of its own, so that a signal to the
 * supervisor's group does not reach it.
 * @returns ends the guard, since nothing is left behind
 */
export function startGuard(home: Home, env: Record<string, string | undefined>): () => Promise<void> {
  const program = [process.execPath, cleaner, home.folder];
  const guard = spawn("/bin/sh", ["-c", WAIT_THEN_RUN, "assay-guard", ...program], {
    cwd: "/",
    env: { PATH: env.PATH, HOME: env.HOME },
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  // Without a guard the system works all the same: the next one in this home ends what was left.
  const gone = new Promise<void>((resolve) => {
    guard.once("exit", () => resolve());
    guard.once("error", () => resolve());
  });
  guard.stdin.on("error", () => {});
  guard.unref();
  return async () => {
    guard.kill("SIGKILL");
    guard.ref();
    await gone;
  };
}
