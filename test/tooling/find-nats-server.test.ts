import { chmodSync, mkdirSync, mkdtempDisposableSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../../shared/installation/package-root.ts";
import { skipUnless } from "../support/skip-unless.ts";
import { startDebianMirror } from "./debian-mirror.ts";
import { type Ended, runProgram } from "./run-program.ts";

const PATH = "/usr/bin:/bin";

/** A machine without a nats-server of its own, in a folder that goes with it. */
function machine(osRelease = "ID=fedora\n") {
  const place = mkdtempDisposableSync(join(tmpdir(), "assay nats-"));
  writeFileSync(join(place.path, "os-release"), osRelease);
  return {
    path: place.path,
    into: join(place.path, "tools"),
    /** A program that says it is nats-server of that version. */
    server: (folder: string, version: string): string => {
      const file = join(place.path, folder, "nats-server");
      mkdirSync(join(place.path, folder), { recursive: true });
      writeFileSync(file, `#!/bin/sh\necho "nats-server: v${version}"\n`);
      chmodSync(file, 0o755);
      return file;
    },
    find: (env: Record<string, string> = {}): Promise<Ended> => {
      const script = join(packageRoot, "deploy/setup/find-nats-server.sh");
      const options = ["--into", join(place.path, "tools"), "--os-release", join(place.path, "os-release")];
      return runProgram("sh", [script, ...options], {
        env: { PATH, TMPDIR: place.path, XDG_CACHE_HOME: join(place.path, "cache"), ...env },
      });
    },
    [Symbol.dispose]: () => place.remove(),
  };
}

const own = await (async () => {
  using bare = machine();
  return bare.find();
})();
const skipsFetching = skipUnless(
  own.code !== 0,
  `fetching, since this machine has ${own.stdout.trim()} in a system folder`,
);
const hasApt = process.platform === "linux" && readdirSync("/usr/bin").includes("apt-get");
const skipsApt = skipsFetching || skipUnless(hasApt, "fetching by apt, which this machine does not have");

test("the first one on PATH that is new enough is taken, and an older one before it is named", async () => {
  using it = machine();
  const older = it.server("older", "2.11.9");
  const newer = it.server("newer", "2.12.0");
  it.server("newest", "2.99.0");
  it.server("tools", "2.99.0");
  const found = await it.find({
    PATH: `${["older", "newer", "newest"].map((name) => join(it.path, name)).join(":")}:${PATH}`,
  });
  expect(found).toEqual({
    code: 0,
    stdout: `${newer}\n`,
    stderr: `${older} is version 2.11.9 and is passed over: Assay needs nats-server 2.12 or newer.\n`,
  });
});

test("ASSAY_NATS_SERVER wins over PATH, and is refused by name when it does not do", async () => {
  using it = machine();
  const named = it.server("named", "2.14.1");
  it.server("other", "2.99.0");
  const env = { PATH: `${join(it.path, "other")}:${PATH}` };
  expect((await it.find({ ...env, ASSAY_NATS_SERVER: named })).stdout).toBe(`${named}\n`);
  const old = it.server("old", "2.9.10");
  expect(await it.find({ ...env, ASSAY_NATS_SERVER: old })).toEqual({
    code: 3,
    stdout: "",
    stderr: `Error: ASSAY_NATS_SERVER names ${old}, which is version 2.9.10: name one of 2.12 or newer, or unset it.\n`,
  });
  const missing = await it.find({ ...env, ASSAY_NATS_SERVER: join(it.path, "nowhere") });
  expect(missing.stderr).toContain("is not a nats-server that runs here");
});

test.each([
  ["2.12.0", 0],
  ["2.12.0-RC.1", 0],
  ["2.100.0", 0],
  ["3.0.0", 0],
  ["10.1.2", 0],
  ["2.9.10", 3],
  ["2.11.99", 3],
  ["1.99.0", 3],
  ["unknown", 3],
  ["2", 3],
])("version %s gives exit code %i", async (version, code) => {
  using it = machine();
  expect((await it.find({ ASSAY_NATS_SERVER: it.server("any", version) })).code).toBe(code);
});

describe.skipIf(skipsFetching)("without one of its own, a machine", () => {
  test("takes the one that was fetched earlier", async () => {
    using it = machine();
    const fetched = it.server("tools", "2.13.0");
    expect(await it.find()).toEqual({ code: 0, stdout: `${fetched}\n`, stderr: "" });
  });

  test("that is neither Debian nor Ubuntu is told in one line what to do", async () => {
    using it = machine();
    const { code, stderr } = await it.find();
    expect(code).toBe(3);
    expect(stderr).toBe(
      "Error: nats-server was not found, and it can be fetched on Debian and Ubuntu only: " +
        "put nats-server 2.12 or newer on PATH, or name it in ASSAY_NATS_SERVER, and start again.\n",
    );
  });
});

describe.skipIf(skipsApt)("from the mirror of its own apt, a Debian machine", () => {
  const debian = "ID=debian\nVERSION_CODENAME=bookworm\n";

  test("fetches one, whatever was never downloaded from it, and does so once", async () => {
    using it = machine(debian);
    using mirror = await startDebianMirror(it.path, "2.15.1");
    const first = await it.find(mirror.environment);
    expect(first.stderr).toMatch(/^Fetching nats-server from this machine's debian mirror .*\n$/);
    expect(first).toMatchObject({ code: 0, stdout: `${it.into}/nats-server\n` });
    expect(readdirSync(it.into)).toEqual(["nats-server"]);
    expect(readdirSync(it.path).filter((name) => name.startsWith("assay-fetch"))).toEqual([]);
    const asked = mirror.requests.length;
    expect(await it.find(mirror.environment)).toMatchObject({ code: 0, stderr: "" });
    expect(mirror.requests.length).toBe(asked);
  });

  test("refuses one that is too old, and keeps nothing of it", async () => {
    using it = machine(debian);
    using mirror = await startDebianMirror(it.path, "2.10.27");
    const { code, stderr } = await it.find(mirror.environment);
    expect(code).toBe(3);
    expect(stderr).toContain("the nats-server of this machine's debian mirror is version 2.10.27");
    expect(readdirSync(it.into)).toEqual([]);
  });

  test("says what apt said when the mirror does not answer", async () => {
    using it = machine(debian);
    const mirror = await startDebianMirror(it.path, "2.15.1");
    mirror[Symbol.dispose]();
    const { code, stderr } = await it.find(mirror.environment);
    expect(code).toBe(3);
    expect(stderr).toMatch(/could not be fetched from this machine's debian mirror \(.+\): put nats-server/);
    expect(readdirSync(it.path).filter((name) => name.startsWith("assay-fetch"))).toEqual([]);
  });
});
