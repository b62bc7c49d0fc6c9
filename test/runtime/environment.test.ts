import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../shared/installation/package-root.ts";

test("a service with a wrong environment names all wrong variables and their values, and ends before it connects", () => {
  const wrong = { ASSAY_HTTP_PORT: "x", ASSAY_LOG_LEVEL: "loud", ASSAY_ACK_WAIT_MS: "soon" };
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(packageRoot, "services/dispatcher/main.ts")],
    { env: { PATH: process.env.PATH, ...wrong }, encoding: "utf8" },
  );
  expect({ status, stdout, stderr }).toEqual({
    status: 2,
    stdout: "",
    stderr:
      "dispatcher: Wrong environment: ASSAY_NATS_URL: nats://user:password@host:port of the broker is missing; " +
      'ASSAY_HTTP_PORT: "x" is no number; ' +
      'ASSAY_LOG_LEVEL: "loud" is not one of trace, debug, info, warn, error, fatal, silent; ' +
      'ASSAY_ACK_WAIT_MS: "soon" is no number. Set these variables and start again.\n',
  });
});
