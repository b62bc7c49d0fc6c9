import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type FakeAccount, FakeHubWrites, isLarge } from "./fake-hub-writes.ts";
import type { FakeRepo } from "./fake-repo.ts";

/**
 * A local server that answers as the hub does what @huggingface/hub asks for datasets: file lists in pages, files by
 * ranges, large ones by way of a redirect, and its error codes. Whoever has one of the `accounts`' tokens may write.
 */
export async function startFakeHub(
  repos: Record<string, FakeRepo>,
  accounts: Record<string, FakeAccount> = {},
) {
  const requests: string[] = [];
  const state: FakeHubState = {
    breakNextDownloads: 0,
    status: 0,
    cut: null,
    hold: null,
    refuse: null,
    garble: null,
  };
  const writes = new FakeHubWrites(repos, accounts);
  const server = createServer((request, response) => {
    const asked = `${request.method} ${request.url}`;
    requests.push(asked);
    if (state.hold?.test(asked)) request.resume();
    else if (state.cut?.test(asked)) response.destroy();
    else if (state.garble?.test(asked)) response.end("<html>Welcome</html>");
    else if (state.refuse?.what.test(asked)) refuse(response, state.refuse.status, "", state.refuse.error);
    else if (state.status) refuse(response, state.status, "");
    else if (!writes.answer(request, response)) answer(repos, request, response, state);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    state,
    stored: writes.stored,
    storageHeaders: writes.storageHeaders,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What goes wrong, and when; requests are matched as "METHOD /path". */
interface FakeHubState {
  breakNextDownloads: number;
  status: number;
  /** The connection of such requests is cut. */
  cut: RegExp | null;
  /** Such requests get no answer. */
  hold: RegExp | null;
  refuse: { what: RegExp; status: number; error: string } | null;
  /** The answer is no JSON. */
  garble: RegExp | null;
}

const PAGE = 2;

function answer(
  repos: Record<string, FakeRepo>,
  request: IncomingMessage,
  response: ServerResponse,
  state: { breakNextDownloads: number },
): void {
  const url = new URL(request.url!, `http://${request.headers.host}`);
  const listed = /^\/api\/datasets\/([^/]+\/[^/]+)\/tree\/([^/]+)$/.exec(url.pathname);
  const resolved = /^\/(datasets|cdn)\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(url.pathname);
  const [repoName, revision] = listed ? [listed[1], listed[2]] : [resolved?.[2], resolved?.[3]];
  const repo = repos[repoName ?? ""];
  const authorised = !repo?.token || request.headers.authorization === `Bearer ${repo.token}`;
  if (!repo || !authorised) {
    refuse(response, request.headers.authorization ? 404 : 401, "RepoNotFound");
    return;
  }
  const files = repo.revisions[decodeURIComponent(revision!)];
  if (!files) {
    refuse(response, 404, "RevisionNotFound");
    return;
  }
  if (listed) {
    list(files, url, response);
    return;
  }
  if (repo.gated) {
    refuse(response, request.headers.authorization ? 403 : 401, "GatedRepo");
    return;
  }
  const content = files[decodeURIComponent(resolved![4]!)];
  if (content === undefined) {
    refuse(response, 404, "EntryNotFound");
    return;
  }
  if (resolved![1] === "datasets" && isLarge(content)) {
    response.writeHead(302, { Location: url.pathname.replace("/datasets/", "/cdn/") }).end();
    return;
  }
  sendRange(Buffer.from(content as string), request, response, state);
}

function list(files: Record<string, string | Buffer>, url: URL, response: ServerResponse): void {
  const from = Number(url.searchParams.get("cursor") ?? 0);
  const folders = new Set(
    Object.keys(files).flatMap((path) => (path.includes("/") ? [path.replace(/\/[^/]*$/, "")] : [])),
  );
  const all = [
    ...[...folders].map((path) => ({ type: "directory", path, size: 0, oid: "0" })),
    ...Object.entries(files).map(([path, content]) => entryOf(path, Buffer.from(content as string))),
  ];
  url.searchParams.set("cursor", String(from + PAGE));
  const more = from + PAGE < all.length ? { Link: `<${url}>; rel="next"` } : {};
  response.writeHead(200, { "Content-Type": "application/json", ...more });
  response.end(JSON.stringify(all.slice(from, from + PAGE)));
}

function entryOf(path: string, content: Buffer) {
  const oid = createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
  const entry = { type: "file", path, size: content.length, oid };
  const sha256 = createHash("sha256").update(content).digest("hex");
  return isLarge(content)
    ? { ...entry, lfs: { oid: sha256, size: content.length, pointerSize: 130 } }
    : entry;
}

function sendRange(
  content: Buffer,
  request: IncomingMessage,
  response: ServerResponse,
  state: { breakNextDownloads: number },
) {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
  const part = first === undefined ? content : content.subarray(Number(first), Number(last) + 1);
  response.writeHead(first === undefined ? 200 : 206, {
    ETag: `"${createHash("sha1").update(content).digest("hex")}"`,
    "Content-Length": part.length,
    ...(first === undefined ? {} : { "Content-Range": `bytes ${first}-${last}/${content.length}` }),
  });
  if (part.length > 1 && state.breakNextDownloads > 0) {
    state.breakNextDownloads--;
    response.write(part.subarray(0, part.length >> 1), () => response.destroy());
  } else response.end(part);
}

function refuse(response: ServerResponse, status: number, code: string, error = code): void {
  response.writeHead(status, { "Content-Type": "application/json", "X-Error-Code": code });
  response.end(JSON.stringify({ error }));
}
