import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { startSimulator } from "../../services/openai-simulator/simulator.ts";
import { packageRoot } from "../../shared/installation/package-root.ts";
import { runProgram } from "./run-program.ts";

const PATIENT = { timeout: 300_000 };
afterAll(() => {
  for (const name of ["demo", "demo-chaos", "demo-rescue"]) {
    for (const made of [`.assay/${name}`, `datasets/${name}`])
      rmSync(join(packageRoot, made), { recursive: true, force: true });
  }
});

/** A demo as `make` starts it, without this machine's own keys. */
function demo(name: string, environment: Record<string, string> = {}) {
  const { PATH = "", HOME = "", ASSAY_NATS_SERVER = "" } = process.env;
  const nats = ASSAY_NATS_SERVER ? { ASSAY_NATS_SERVER } : {};
  const env = { PATH, HOME, ...nats, ...environment };
  return runProgram(process.execPath, [join(packageRoot, "bench", name)], { cwd: packageRoot, env });
}

test(
  "the demo says first that the simulator answers, and ends with where the result is and three rows of it",
  PATIENT,
  async () => {
    const { code, stdout, stderr } = await demo("demo.ts");
    expect(stderr).not.toContain("Error");
    const lines = stdout.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^No OPENAI_API_KEY is set: the OpenAI simulator answers/);
    expect(stdout).toMatch(/^Done: 240 of 240 rows/m);
    expect(stdout).toContain(
      "The result is in datasets/demo/instructions_gpt-4o-mini-2024-07-18/reannotated.json.",
    );
    expect(lines.filter((line) => /^ {2}annotation {2,}\[simulated/.test(line))).toHaveLength(3);
    expect(code).toBe(0);
  },
);

test("with a key the demo uses the model behind it, and says first that it costs", PATIENT, async () => {
  await using simulator = await startSimulator({ apiKeys: ["sk-demo"], requestsPerMinute: 6000 });
  const { code, stdout } = await demo("demo.ts", {
    OPENAI_API_KEY: "sk-demo",
    OPENAI_BASE_URL: simulator.url,
  });
  expect(stdout.split("\n")[0]).toBe(
    `OPENAI_API_KEY is set: gpt-4o-mini-2024-07-18 at ${simulator.url} answers, and you pay for it.`,
  );
  expect(stdout).not.toContain("sk-demo");
  expect(simulator.stats()).toMatchObject({ distinctPaidCalls: 240, repeatedPaidCalls: 0 });
  expect(code).toBe(0);
});

test(
  "the demo of chaos kills broker, dispatcher and coordinator, and shows that nothing was lost or came twice",
  PATIENT,
  async () => {
    const { code, stdout } = await demo("demo-chaos.ts");
    for (const name of ["nats", "dispatcher-0", "coordinator-0"])
      expect(stdout).toContain(`kill -9 ${name} (pid `);
    expect(stdout).toMatch(/rows written +4000 of 4000/);
    expect(stdout).toMatch(/rows twice +0/);
    expect(stdout).toMatch(/of them paid again +\d+ \(\d+ were open when killed\)/);
    expect(stdout.trimEnd().split("\n").at(-1)).toBe("Nothing was lost, nothing came twice.");
    expect(code).toBe(0);
  },
);

test(
  "the demo of rescue keeps what another tool's batches answered, pays nothing twice, and shows what hedging gains",
  PATIENT,
  async () => {
    const { code, stdout } = await demo("demo-rescue.ts");
    expect(stdout).toMatch(/batches of the other tool +\d+ completed, 1 failed, \d+ expired/);
    expect(stdout).toMatch(/answers that differ from the model's +0\n/);
    expect(stdout).toMatch(/rows paid twice +0\n/);
    expect(stdout).toMatch(/rows written +4000 +4000/);
    expect(stdout.trimEnd().split("\n").at(-1)).toMatch(/^With hedging the job took 0\.\d\d of the time\.$/);
    expect(code).toBe(0);
  },
);
