import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { connect } from "@nats-io/transport-node";
import { describe, expect, test } from "vitest";
import { isPortFree } from "../../cli/supervisor/ports.ts";
import { isRunning, kill, processesIn, type Status, until, type Workplace, workplace } from "./assay.ts";

const READY = /^Ready\./m;
const TIME = { timeout: 120_000 };

const pidsOf = ({ nats, services }: Status) => [nats.pid, ...services.flatMap(({ pid }) => pid ?? [])];
const supervisorOf = (place: Workplace): number =>
  JSON.parse(readFileSync(place.at(".assay/state.json"), "utf8")).supervisor.pid;
/** The first of some ports in a row that nobody uses. */
async function freePorts(number: number): Promise<number> {
  for (let first = 21_000 + (process.pid % 900) * 10; ; first += number) {
    const ports = Array.from({ length: number }, (_, place) => first + place);
    if ((await Promise.all(ports.map(isPortFree))).every(Boolean)) return first;
  }
}
/** Brokers that work on the place's store. */
const brokersIn = (place: Workplace) =>
  processesIn(place.folder).filter((pid) => {
    const command = existsSync(`/proc/${pid}/cmdline`) ? readFileSync(`/proc/${pid}/cmdline`, "utf8") : "";
    return command.includes(`-sd\0${place.at(".assay/nats/data")}`);
  });

describe("up, status, down", () => {
  test(
    "a detached system is ready when the command returns, is shown, and is gone after down",
    TIME,
    async () => {
      await using place = workplace();
      const metrics = await freePorts(5);
      const up = await place.run(
        "up",
        "--detach",
        "--replicas",
        "dispatcher=2",
        "--metrics-port",
        String(metrics),
      );
      expect(up).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^nats:\/\/client:\S+@127\.0\.0\.1:\d+\n$/),
      });
      const status = await place.status();
      expect(status.nats.url).toBe(up.stdout.trim());
      expect(status.services.map(({ replica, state }) => `${replica} ${state}`)).toEqual([
        ...[
          "coordinator-0 ready",
          "dispatcher-0 ready",
          "dispatcher-1 ready",
          "batch-supervisor-0 ready",
          "judge-0 ready",
        ],
      ]);
      expect(status.services.map(({ http }) => Number(new URL(http!).port))).toEqual(
        [0, 1, 2, 3, 4].map((place) => metrics + place),
      );
      for (const { http } of status.services) expect((await fetch(`${http}/readyz`)).status).toBe(200);
      expect(pidsOf(status).every(isRunning)).toBe(true);
      expect((await place.run("down")).code).toBe(0);
      expect(pidsOf(status).some(isRunning)).toBe(false);
      expect(await place.run("status")).toMatchObject({
        code: 3,
        stderr: expect.stringContaining("No system runs"),
      });
      expect((await place.run("down")).code).toBe(0);
    },
  );

  test("secrets are readable by their owner only and stand in no log and no command line", TIME, async () => {
    await using place = workplace({ OPENAI_API_KEY: "sk-secret-of-this-test" });
    await place.run("up", "--detach");
    const { passwords, grantKey } = JSON.parse(readFileSync(place.at(".assay/secrets.json"), "utf8"));
    expect(statSync(place.at(".assay/secrets.json")).mode & 0o077).toBe(0);
    expect(statSync(place.at(".assay")).mode & 0o077).toBe(0);
    const { stdout: logs } = await place.run("logs", "--lines", "1000");
    expect(logs).toMatch(/supervisor +\|/);
    const commands = pidsOf(await place.status()).map((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8"));
    for (const secret of [...Object.values<string>(passwords), grantKey, "sk-secret-of-this-test"]) {
      expect(logs).not.toContain(secret);
      expect(commands.join("\n")).not.toContain(secret);
    }
    await place.run("down");
  });

  test.each([".assay", "state"])(
    "a message cannot have the secrets in %s read out by a model",
    TIME,
    async (home) => {
      await using place = workplace({ ASSAY_HOME: home });
      await place.run("up", "--detach");
      const url = new URL((await place.status()).nats.url);
      const nc = await connect({ servers: url.host, user: url.username, pass: url.password });
      const message = {
        dataset: `${home}/secrets.json`,
        template: "{grantKey}",
        save_dir: "out",
        temp_dir: "temp",
      };
      const reply = await nc.request("jobs.dataset-reannotate", JSON.stringify(message), { timeout: 10_000 });
      await nc.close();
      expect(reply.json()).toEqual({
        error: expect.stringMatching(/^dataset .*secrets\.json lies in a place that messages may not use/),
        exitCode: 2,
      });
      expect((await place.run("down")).code).toBe(0);
    },
  );

  test("Ctrl-C stops the services, then the broker, and is no failure", TIME, async () => {
    await using place = workplace();
    const up = place.start("up");
    await up.says(READY);
    const pids = pidsOf(await place.status());
    up.process.kill("SIGINT");
    expect(await up.ended).toMatchObject({ code: 0 });
    expect(pids.some(isRunning)).toBe(false);
    const nats = readFileSync(place.at(".assay/logs/nats.log"), "utf8");
    expect(nats).toContain("Server Exiting");
  });

  test("whatever is killed is started again, the broker on its port", TIME, async () => {
    await using place = workplace();
    await place.run("up", "--detach");
    const before = await place.status();
    for (const pid of pidsOf(before)) kill(pid);
    await until(async () => {
      const { nats, services } = await place.status();
      return [nats, ...services].every(({ state, restarts }) => state === "ready" && restarts === 1);
    });
    const after = await place.status();
    expect(after.nats.url).toBe(before.nats.url);
    expect(brokersIn(place)).toEqual([after.nats.pid]);
    await place.run("down");
  });
});

describe("where no system runs", () => {
  test(
    "jobs, show, rows and export tell what the last one left, and leave no process behind",
    TIME,
    async () => {
      await using place = workplace();
      const rows = Array.from({ length: 20 }, (_, row) => JSON.stringify({ instruction: `Say ${row}.` }));
      writeFileSync(place.at("data.jsonl"), rows.join("\n"));
      expect((await place.run("reannotate", "--dataset", "data.jsonl", "--simulator")).code).toBe(0);
      const listed = await place.run("jobs", "--json");
      expect(listed.stderr).toContain("No system runs here");
      const [{ job, state, done }] = JSON.parse(listed.stdout);
      expect({ state, done }).toEqual({ state: "completed", done: 20 });
      expect((await place.run("show", job)).stdout).toMatch(/^rows +20 done, 0 failed, of 20$/m);
      const two = await place.run("rows", job, "--limit", "2");
      expect(two.stdout.trim().split("\n")).toHaveLength(2);
      expect((await place.run("export", job, "--format", "csv")).stdout).toMatch(
        /^20 rows so far: .*\.csv\n$/,
      );
      expect(processesIn(place.folder)).toEqual([]);
      expect(await place.run("cancel", job)).toMatchObject({ code: 3 });
    },
  );

  test("a job that another command's system would carry away with it is refused", TIME, async () => {
    await using place = workplace();
    const rows = Array.from({ length: 3000 }, (_, row) => JSON.stringify({ instruction: `Say ${row}.` }));
    writeFileSync(place.at("data.jsonl"), rows.join("\n"));
    const first = place.start("reannotate", "--dataset", "data.jsonl", "--simulator");
    await first.says(/^Job /m);
    const flags = ["--dataset", "data.jsonl", "--save-dir", "other", "--simulator", "--detach"];
    const { code, stderr } = await place.run("reannotate", ...flags);
    expect(stderr).toMatch(/brought up by another command .*leave out --detach/);
    expect(code).toBe(3);
    first.process.kill("SIGINT");
    await first.ended;
  });
});

describe("two systems on one folder", () => {
  test("of two that start at the same instant one runs, and the other says so", TIME, async () => {
    await using place = workplace();
    const both = [place.start("up"), place.start("up")];
    const loser = await Promise.race(both.map(async (up) => ({ up, outcome: await up.ended })));
    expect(loser.outcome.code).toBe(3);
    expect(loser.outcome.stderr).toMatch(/^Error: .*(runs already|is starting or ending).*\n$/);
    const winner = both.find((up) => up !== loser.up)!;
    await winner.says(READY);
    expect(brokersIn(place)).toHaveLength(1);
    winner.process.kill("SIGTERM");
    expect((await winner.ended).code).toBe(0);
  });

  test("a second one later is refused, detached or not, and changes nothing", TIME, async () => {
    await using place = workplace();
    await place.run("up", "--detach");
    const before = await place.status();
    for (const flags of [[], ["--detach"]]) {
      const { code, stderr } = await place.run("up", ...flags);
      expect(stderr).toMatch(/^Error: A system runs already \(pid \d+\).*assay down.*\n$/);
      expect(code).toBe(3);
    }
    expect(await place.status()).toEqual(before);
    await place.run("down");
  });

  test(
    "after a kill -9 of the supervisor the next one ends what is left before it starts a broker",
    TIME,
    async () => {
      await using place = workplace();
      await place.run("up", "--detach");
      const before = await place.status();
      // A service that cannot see its supervisor's end, since it is stopped.
      kill(before.services[1]!.pid!, "SIGSTOP");
      kill(supervisorOf(place));
      expect((await place.run("status")).code).toBe(3);
      expect(isRunning(before.nats.pid)).toBe(true);
      const both = [place.start("up"), place.start("up")];
      const loser = await Promise.race(both.map(async (up) => ({ up, outcome: await up.ended })));
      expect(loser.outcome.code).toBe(3);
      const winner = both.find((up) => up !== loser.up)!;
      await winner.says(READY);
      expect(pidsOf(before).some(isRunning)).toBe(false);
      const after = await place.status();
      expect(after.nats.url).toBe(before.nats.url);
      expect(brokersIn(place)).toEqual([after.nats.pid]);
      winner.process.kill("SIGTERM");
      await winner.ended;
    },
  );

  test("after a kill -9 of the supervisor all that it had started ends by itself", TIME, async () => {
    await using place = workplace();
    await place.run("up", "--detach");
    const { nats } = await place.status();
    kill(supervisorOf(place));
    await until(() => processesIn(place.folder).length === 0, { withinMs: 30_000 });
    expect(isRunning(nats.pid)).toBe(false);
    expect(readFileSync(place.at(".assay/logs/nats.log"), "utf8")).toContain("Server Exiting");
  });

  test("a command that is killed takes the system that it had brought up with it", TIME, async () => {
    await using place = workplace();
    const rows = Array.from({ length: 800 }, (_, row) => JSON.stringify({ instruction: `Say ${row}.` }));
    writeFileSync(place.at("data.jsonl"), rows.join("\n"));
    const job = place.start("reannotate", "--dataset", "data.jsonl", "--simulator");
    await job.says(/^Job /m);
    expect(brokersIn(place)).toHaveLength(1);
    job.process.kill("SIGKILL");
    await until(() => processesIn(place.folder).length === 0, { withinMs: 30_000 });
    const { code, stderr } = await place.run("reannotate", "--dataset", "data.jsonl", "--simulator");
    expect(stderr).toMatch(/^800\/800 rows/m);
    expect(code).toBe(0);
  });

  test("down after a kill -9 of the supervisor ends the broker that is left", TIME, async () => {
    await using place = workplace();
    await place.run("up", "--detach");
    const { nats } = await place.status();
    kill(supervisorOf(place));
    expect((await place.run("down")).code).toBe(0);
    expect(isRunning(nats.pid)).toBe(false);
    await until(() => processesIn(place.folder).length === 0);
  });
});
