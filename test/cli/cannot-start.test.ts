import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { processesIn, workplace } from "./assay.ts";

const TIME = { timeout: 120_000 };

describe("what keeps a system from starting", () => {
  test("a port in use is named, with the way out", TIME, async () => {
    await using place = workplace();
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    const { code, stderr } = await place.run("up", "--port", String(port));
    other.close();
    expect(stderr).toContain(`Port ${port}, where nats is to listen, is used by another program`);
    expect(code).toBe(3);
    expect(processesIn(place.folder)).toEqual([]);
  });

  test("a service's wrong setting ends it with the service's own sentence", TIME, async () => {
    await using place = workplace();
    writeFileSync(place.at("annotators.yaml"), "annotators:\n  mine:\n    base_ulr: http://127.0.0.1:1/v1\n");
    for (const flags of [[], ["--detach"]]) {
      const { code, stderr } = await place.run("up", ...flags);
      expect(stderr).toMatch(/Error: [\w-]+: .*annotators\.yaml.*base_ulr.*\n$/);
      expect(code).toBe(2);
      expect(processesIn(place.folder)).toEqual([]);
    }
  });

  test("a nats-server that is too old is refused by its version", TIME, async () => {
    await using place = workplace();
    writeFileSync(place.at("nats-server"), "#!/bin/sh\necho 'nats-server: v2.9.10'\n", { mode: 0o755 });
    place.env.ASSAY_NATS_SERVER = place.at("nats-server");
    const { code, stderr } = await place.run("up");
    expect(stderr).toMatch(/^Error: .*2\.9\.10.*2\.12/);
    expect(code).toBe(3);
  });
});
