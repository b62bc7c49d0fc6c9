import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../shared/installation/package-root.ts";
import { SERVICE_ENVIRONMENT, SERVICE_FLAGS } from "../../shared/installation/service-flags.ts";

test("the bounds of memory that the docs give for a service started by hand are those of `assay up`, and Node takes them", () => {
  const docs = readFileSync(join(packageRoot, "docs/operating.md"), "utf8");
  const variables = Object.entries(SERVICE_ENVIRONMENT).map((one) => one.join("="));
  expect(docs).toContain(`\`${variables.join(" ")} node ${SERVICE_FLAGS.join(" ")} services/`);
  const { status, stderr } = spawnSync(process.execPath, [...SERVICE_FLAGS, "-e", "0"]);
  expect([status, String(stderr)]).toEqual([0, ""]);
});
