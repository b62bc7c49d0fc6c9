import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { spawnCoordinator } from "../support/coordinator.ts";
import { startNats } from "../support/nats.ts";

/** Its patience with a broker that does not answer is 15 s. */
const PATIENT = { timeout: 120_000 };

test(
  "without a broker a service ends with exit code 3 and says where it looked and what to do",
  PATIENT,
  async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    const { code, said } = await endOf(`nats://coordinator:secret@127.0.0.1:${port}`);
    expect(code).toBe(3);
    expect(said).toMatch(
      new RegExp(
        `^coordinator: No NATS server answers at 127\\.0\\.0\\.1:${port}: start one with .*ASSAY_NATS_URL.*\\n$`,
      ),
    );
    expect(said).not.toContain("secret");
  },
);

test.concurrent("a broker that refuses the password is named, and the password is not", PATIENT, async () => {
  await using nats = await startNats();
  const { code, said } = await endOf(`nats://coordinator:wrong-one@127.0.0.1:${nats.port}`);
  expect(code).toBe(3);
  expect(said).toMatch(
    /^coordinator: The NATS server at .* refuses the user or password of ASSAY_NATS_URL: .*\n$/,
  );
  expect(said).not.toContain("wrong-one");
});

test.concurrent("a broker that is too old is refused by its version with exit code 3", async () => {
  await using old = await startOldBroker("2.9.10");
  const { code, said } = await endOf(`nats://coordinator:secret@127.0.0.1:${old.port}`);
  expect(code).toBe(3);
  expect(said).toMatch(/^coordinator: nats-server 2\.9\.10 is too old: Assay needs 2\.12\.0 or newer, .*\n$/);
});

test.concurrent("a wrong environment names all wrong variables at once, with exit code 2, before anything is connected", async () => {
  const child = spawnCoordinator({ ASSAY_HTTP_PORT: "many", ASSAY_REPLICA: "a b", ASSAY_NATS_URL: "" });
  const [said, [code]] = await Promise.all([text(child.stderr!), once(child, "exit")]);
  expect(code).toBe(2);
  for (const name of ["ASSAY_HTTP_PORT", "ASSAY_REPLICA", "ASSAY_NATS_URL"]) expect(said).toContain(name);
});

async function endOf(url: string): Promise<{ code: number | null; said: string }> {
  const child = spawnCoordinator({ ASSAY_NATS_URL: url, ASSAY_DATA_ROOTS: "/tmp" });
  const [said, [code]] = await Promise.all([
    text(child.stderr!),
    once(child, "exit") as Promise<[number | null]>,
  ]);
  return { code, said };
}

/** As much of NATS' protocol as a client needs to learn the version: no such old server can be had for a test. */
async function startOldBroker(version: string): Promise<AsyncDisposable & { port: number }> {
  const info = {
    server_id: "OLD",
    server_name: "old",
    version,
    go: "go1.20",
    host: "127.0.0.1",
    port: 4222,
    headers: true,
    max_payload: 1_048_576,
    proto: 1,
    jetstream: true,
  };
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.write(`INFO ${JSON.stringify(info)}\r\n`);
    socket.on("data", (data) => {
      if (data.includes("PING")) socket.write("PONG\r\n");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.close();
    },
  };
}
