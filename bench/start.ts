import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { packageRoot } from "../shared/installation/package-root.ts";
import { inheritedEnvironment } from "../shared/runtime/process/config.ts";
import { benchArguments } from "./support/arguments.ts";
import { openReport } from "./support/report.ts";
import { benchFolder } from "./support/system.ts";

// How long somebody waits for a system: from typing `assay up --detach` to its return, which is when all is ready.

const args = benchArguments();
const TIMES = args.quick ? 2 : 5;
const ALLOWED_SECONDS = 3;
const folder = benchFolder(args.keep);
const report = await openReport("start", "Start: `assay up --detach` to ready", folder);

const seconds: number[] = [];
for (let time = 1; time <= TIMES; time++) {
  const home = join(folder, `home-${time}`);
  mkdirSync(home);
  const startMs = performance.now();
  const up = await assay(home, ["up", "--detach"]);
  seconds.push((performance.now() - startMs) / 1000);
  const status = await assay(home, ["status", "--json"]);
  const down = await assay(home, ["down"]);
  const services = up.code === 0 ? statesOf(status.output) : up.complaint;
  report.check(
    `start ${time}: all services were ready, and stopped again`,
    services === "ready" && down.code === 0,
    services,
  );
}
seconds.sort((a, b) => a - b);
report.figure({
  what: `median of ${TIMES}`,
  value: seconds[Math.floor(TIMES / 2)]!,
  unit: "s",
  atMost: ALLOWED_SECONDS,
});
report.figure({ what: "shortest", value: seconds[0]!, unit: "s" });
report.figure({ what: "longest", value: seconds.at(-1)!, unit: "s" });
report.close();

async function assay(
  home: string,
  words: string[],
): Promise<{ code: number | null; output: string; complaint: string }> {
  const env = { ...inheritedEnvironment(), ASSAY_HOME: join(home, ".assay") };
  const program = join(packageRoot, "cli/assay");
  const child = spawn(program, words, { cwd: home, env, stdio: ["ignore", "pipe", "pipe"] });
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await once(child, "close")) as [number | null];
  const [output, complaint] = await said;
  return { code, output, complaint };
}

/** "ready" where every service is. */
function statesOf(json: string): string {
  const { services } = JSON.parse(json) as { services: { state: string }[] };
  return [...new Set(services.map(({ state }) => state))].join(", ");
}
