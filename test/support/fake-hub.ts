import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A dataset repository: revision -> path -> content. */
export interface FakeRepo {
  revisions: Record<string, Record<string, string | Buffer>>;
  /** Without this token the repository does not exist for the asker. */
  token?: string;
  /** Its files are refused to everybody, as until the terms are accepted. */
  gated?: boolean;
}

/**
 * A local server that answers as the hub does what @huggingface/hub asks for datasets: file lists in pages, files by
 * ranges, large ones by way of a redirect, and its error codes.
 */
export async function startFakeHub(repos: Record<string, FakeRepo>) {
  const requests: string[] = [];
  const state = { breakNextDownloads: 0, status: 0 };
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (state.status) {
      refuse(response, state.status, "");
      return;
    }
    answer(repos, request, response, state);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    state,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
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

const isLarge = (content: string | Buffer) => content.length > 1000;

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
  const hash = (kind: string) => createHash(kind).update(content).digest("hex");
  const entry = { type: "file", path, size: content.length, oid: hash("sha1") };
  return isLarge(content)
    ? { ...entry, lfs: { oid: hash("sha256"), size: content.length, pointerSize: 130 } }
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

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { "Content-Type": "application/json", "X-Error-Code": code });
  response.end(JSON.stringify({ error: code }));
}
