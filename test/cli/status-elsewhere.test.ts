import { writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { expect, test } from "vitest";
import { assayVersion } from "../../shared/installation/assay-version.ts";
import { startCoordinator } from "../support/coordinator.ts";
import { startNats, type TestNats } from "../support/nats.ts";
import { startService } from "../support/service.ts";
import { type Workplace, workplace } from "./assay.ts";

/** A place to type commands that speak to a broker which nobody has started with `assay up`. */
function placeAt(nats: TestNats): Workplace {
  return workplace({ ASSAY_NATS_URL: nats.url("client") });
}

test("status shows the services that answer at the broker of ASSAY_NATS_URL, and says which are missing", async () => {
  await using nats = await startNats();
  await using place = placeAt(nats);
  await using coordinator = await startCoordinator(nats, { roots: place.folder });
  await using judge = await startService("judge", nats, { ASSAY_REPLICA: "judge-7" });
  const shown = await place.run("status");
  expect(shown.stdout).toMatch(/^ASSAY_NATS_URL: nats-server 2\.\S+ at 127\.0\.0\.1:\d+, /);
  expect(shown.stdout).toMatch(/coordinator-0 +ready .*\njudge-7 +ready .* http:/);
  expect(shown.stdout).not.toContain(new URL(nats.url("client")).password);
  expect([shown.code, shown.stderr]).toEqual([
    0,
    "No dispatcher or batch-supervisor answers there: what needs one waits.\n",
  ]);

  const { nats: broker, services } = await place.status();
  expect(broker).toMatchObject({ url: nats.url("client"), pid: null });
  const both = { state: "ready", restarts: null, host: hostname(), version: assayVersion() };
  expect(services).toMatchObject([
    { name: "coordinator", replica: "coordinator-0", pid: coordinator.pid, http: coordinator.http, ...both },
    { name: "judge", replica: "judge-7", pid: judge.pid, http: judge.http, ...both },
  ]);
  await judge.kill();
  expect((await place.status()).services.map(({ name }) => name)).toEqual(["coordinator"]);
});

test("a broker without any service, and none at all, are told in one sentence", async () => {
  await using nats = await startNats();
  await using place = placeAt(nats);
  const alone = await place.run("status", "--json");
  expect(alone).toMatchObject({ code: 3, stdout: "" });
  expect(alone.stderr).toMatch(
    /^Error: nats-server 2\.\S+ answers at 127\.0\.0\.1:\d+, but no service of Assay does: [^\n]+\n$/,
  );
  place.env.ASSAY_NATS_URL = nats.url("client").replace("client:", "client:x");
  const stranger = await place.run("status");
  expect(stranger).toMatchObject({ code: 3, stdout: "" });
  expect(stranger.stderr).toMatch(/^Error: The NATS server at .* refuses the user or password[^\n]+\n$/);
});

test("a system that is brought up beside it says that other commands do not use it", async () => {
  await using nats = await startNats();
  await using place = placeAt(nats);
  const up = await place.run("up", "--detach");
  expect([up.code, up.stderr]).toEqual([
    0,
    expect.stringMatching(/^ASSAY_NATS_URL is set: other commands use/),
  ]);
  expect((await place.run("down")).stderr).toBe("Stopped.\n");
});

test("what a system elsewhere cannot give is refused: its logs, and the simulator of this machine", async () => {
  await using nats = await startNats();
  await using place = placeAt(nats);
  const logs = await place.run("logs");
  expect([logs.code, logs.stderr]).toEqual([3, expect.stringContaining("write theirs where they run")]);
  writeFileSync(place.at("data.jsonl"), '{"instruction": "Name a colour."}\n');
  const simulated = await place.run("reannotate", "--dataset", "data.jsonl", "--simulator");
  expect([simulated.code, simulated.stderr]).toEqual([
    3,
    expect.stringMatching(/^Error: --simulator is for a system that runs here, but ASSAY_NATS_URL [^\n]+\n$/),
  ]);
});
