import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { startSimulator } from "../../services/openai-simulator/simulator.ts";
import { chatBody, completionOf, postChat } from "./chat-bodies.ts";

const MAIN = new URL("../../services/openai-simulator/main.ts", import.meta.url).pathname;

function spawnSimulator(environment: Record<string, string>): ChildProcess & AsyncDisposable {
  const child = spawn(process.execPath, [MAIN], {
    env: { ASSAY_SIMULATOR_TOKENIZER: "bytes", ...environment },
    stdio: ["pipe", "pipe", "pipe"],
  });
  return Object.assign(child, {
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    },
  });
}

async function urlOf(child: ChildProcess): Promise<string> {
  const [line] = (await once(createInterface({ input: child.stdout! }), "line")) as [string];
  return (JSON.parse(line) as { listening: string }).listening;
}

async function endOf(child: ChildProcess): Promise<{ code: number | null; stderr: string }> {
  let stderr = "";
  child.stderr!.on("data", (chunk) => {
    stderr += chunk;
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stderr };
}

test("it starts with only its environment, writes its port, and stops on SIGTERM though a call hangs", async () => {
  const folder = mkdtempSync(join(tmpdir(), "assay-simulator-"));
  const portFile = join(folder, "port");
  await using child = spawnSimulator({
    ASSAY_SIMULATOR_PORT_FILE: portFile,
    ASSAY_SIMULATOR_POISON: "STUCK=hang",
  });
  const url = await urlOf(child);
  expect(new URL(url).port).toBe(readFileSync(portFile, "utf8"));
  rmSync(folder, { recursive: true });
  expect((await completionOf(url, chatBody("x"))).choices).toHaveLength(1);
  const metrics = await (await fetch(url.replace("/v1", "/metrics"))).text();
  expect(metrics).toContain("process_resident_memory_bytes");
  const stuck = postChat(url, chatBody("STUCK")).catch((error: unknown) => error);
  const ended = endOf(child);
  child.kill("SIGTERM");
  expect(await ended).toMatchObject({ code: 0 });
  expect(await stuck).toBeInstanceOf(Error);
});

test("supervised, it ends when its supervisor's pipe closes", async () => {
  await using child = spawnSimulator({ ASSAY_SUPERVISED: "1" });
  await urlOf(child);
  const ended = endOf(child);
  child.stdin!.end();
  expect(await ended).toMatchObject({ code: 0 });
});

test("a port in use is one clear sentence and exit code 3", async () => {
  await using taken = await startSimulator();
  await using child = spawnSimulator({ ASSAY_SIMULATOR_PORT: String(taken.port) });
  const { code, stderr } = await endOf(child);
  expect(code).toBe(3);
  expect(stderr).toMatch(/^The simulator cannot listen on 127\.0\.0\.1:\d+ .*ASSAY_SIMULATOR_PORT.*\.\n$/);
});

test("a wrong environment is one clear sentence and exit code 2", async () => {
  await using child = spawnSimulator({ ASSAY_SIMULATOR_CHARGES: "both" });
  const { code, stderr } = await endOf(child);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^Wrong environment: ASSAY_SIMULATOR_CHARGES: [^\n]*\n$/);
});
