import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, request as httpRequest, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { skipUnless } from "../support/skip-unless.ts";
import { type Workplace, workplace } from "./assay.ts";

const TIME = { timeout: 120_000 };
/** A name that no resolver knows: only the proxy can lead to it. */
const HOST = "models.example.invalid";
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function listening(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** Answers completions, and the listing of batches. */
const provider: RequestListener = (request, response) => {
  request.resume().on("end", () => {
    response.writeHead(200, { "content-type": "application/json" });
    const choice = { index: 0, message: { role: "assistant", content: "Yes." }, finish_reason: "stop" };
    const usage = { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 };
    const completion = {
      id: "c",
      object: "chat.completion",
      created: 1,
      model: "m",
      choices: [choice],
      usage,
    };
    response.end(JSON.stringify(request.method === "POST" ? completion : { object: "list", data: [] }));
  });
};

/** A proxy that leads every host to one port of this machine, and notes what it was asked for. */
async function proxyTo(port: number): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const path = new URL(request.url!).pathname;
    const onward = httpRequest({ port, host: "127.0.0.1", path, method: request.method }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  server.on("connect", (request, socket) => {
    asked.push(`CONNECT ${request.url}`);
    const onward = connect(port, "127.0.0.1", () => socket.write("HTTP/1.1 200 OK\r\n\r\n"));
    onward.pipe(socket).pipe(onward);
    for (const end of [onward, socket]) end.on("error", () => {});
  });
  return { url: `http://127.0.0.1:${await listening(server)}`, asked };
}

function annotate(place: Workplace, baseUrl: string): Promise<{ code: number | null; stderr: string }> {
  const annotator = `annotators:\n  mine:\n    base_url: ${baseUrl}\n    model: m\n    key_variable: MINE\n`;
  writeFileSync(place.at("annotators.yaml"), annotator);
  const rows = [1, 2, 3].map((row) => JSON.stringify({ instruction: `Say ${row}.` }));
  writeFileSync(place.at("data.jsonl"), rows.join("\n"));
  return place.run("reannotate", "--dataset", "data.jsonl", "--annotator", "mine", "--save-dir", "out");
}

test("calls and batches go through the proxy of the environment", TIME, async () => {
  const proxy = await proxyTo(await listening(createServer(provider)));
  await using place = workplace({
    HTTP_PROXY: proxy.url,
    MINE: "key-of-a-test",
    OPENAI_API_KEY: "key-of-a-test",
  });
  const outcome = await annotate(place, `http://${HOST}/v1`);
  expect(outcome.stderr).toContain("3/3 rows");
  expect(outcome.code).toBe(0);
  expect(proxy.asked.join("\n")).toContain(HOST);
  proxy.asked.length = 0;
  place.env.OPENAI_BASE_URL = `http://${HOST}/v1`;
  expect(await place.run("batch", "list")).toMatchObject({ code: 0 });
  expect(proxy.asked.join("\n")).toContain(HOST);
});

test("a host of NO_PROXY and this machine are asked directly", TIME, async () => {
  const port = await listening(createServer(provider));
  const proxy = await proxyTo(port);
  await using place = workplace({
    HTTP_PROXY: proxy.url,
    NO_PROXY: "elsewhere.invalid",
    MINE: "key-of-a-test",
  });
  expect(await annotate(place, `http://127.0.0.1:${port}/v1`)).toMatchObject({ code: 0 });
  expect(proxy.asked).toEqual([]);
  place.env.OPENAI_API_KEY = "key-of-a-test";
  place.env.OPENAI_BASE_URL = "http://elsewhere.invalid/v1";
  expect((await place.run("batch", "list")).code).toBe(3);
  expect(proxy.asked).toEqual([]);
});

const hasOpenssl = (() => {
  try {
    return execFileSync("openssl", ["version"]).length > 0;
  } catch {
    return false;
  }
})();

test.skipIf(skipUnless(hasOpenssl, "openssl is not installed, which makes the certificate"))(
  "a provider behind an authority of one's own is reached through a proxy, and not without that authority",
  TIME,
  async () => {
    await using place = workplace({ MINE: "key-of-a-test" });
    const [key, cert] = [place.at("key.pem"), place.at("cert.pem")];
    const subject = ["-subj", `/CN=${HOST}`, "-addext", `subjectAltName=DNS:${HOST}`];
    const kind = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30"];
    execFileSync("openssl", ["req", ...kind, "-keyout", key, "-out", cert, ...subject], { stdio: "ignore" });
    const tls = { key: readFileSync(key), cert: readFileSync(cert) };
    const proxy = await proxyTo(await listening(createTlsServer(tls, provider) as unknown as Server));
    place.env.HTTPS_PROXY = proxy.url;
    place.env.OPENAI_API_KEY = "key-of-a-test";
    place.env.OPENAI_BASE_URL = `https://${HOST}/v1`;
    expect((await place.run("batch", "list")).code).toBe(3);
    place.env.NODE_EXTRA_CA_CERTS = cert;
    expect(await place.run("batch", "list")).toMatchObject({ code: 0 });
    expect(await annotate(place, `https://${HOST}/v1`)).toMatchObject({ code: 0 });
    expect(new Set(proxy.asked)).toEqual(new Set([`CONNECT ${HOST}:443`]));
  },
);
