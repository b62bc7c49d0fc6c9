import { chmodSync, cpSync, mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../shared/installation/package-root.ts";
import { type Ended, runProgram } from "./run-program.ts";

test("a checkout that is set up is left alone: npm is not even started", async () => {
  using place = mkdtempDisposableSync(join(tmpdir(), "assay-setup-"));
  expect(await setUp(packageRoot, place.path)).toMatchObject({ code: 0, stdout: "" });
});

test("a failed installation ends with npm's own words and one line on how to go on", async () => {
  using place = mkdtempDisposableSync(join(tmpdir(), "assay-setup-"));
  const checkout = join(place.path, "check out");
  cpSync(join(packageRoot, "deploy/setup"), join(checkout, "deploy/setup"), { recursive: true });
  cpSync(join(packageRoot, "package-lock.json"), join(checkout, "package-lock.json"));
  expect(await setUp(checkout, place.path)).toEqual({
    code: 3,
    stdout: "",
    stderr:
      "Installing npm packages ...\nnpm cannot reach anything\n" +
      "Error: the npm packages could not be installed (npm's reason is above): put that right, and run make setup again.\n",
  });
});

/** Runs the set-up of a checkout on a machine whose npm always fails. */
function setUp(checkout: string, place: string): Promise<Ended> {
  writeFileSync(join(place, "npm"), '#!/bin/sh\necho "npm cannot reach anything" >&2\nexit 1\n');
  chmodSync(join(place, "npm"), 0o755);
  nodeIn(place);
  return runProgram("sh", [join(checkout, "deploy/setup/setup.sh")], {
    env: { PATH: `${place}:/usr/bin:/bin`, ASSAY_NATS_SERVER: process.env.ASSAY_NATS_SERVER ?? "" },
  });
}

function nodeIn(place: string): void {
  writeFileSync(join(place, "node"), `#!/bin/sh\nexec "${process.execPath}" "$@"\n`);
  chmodSync(join(place, "node"), 0o755);
}
