import { createHash } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { FakeRepo } from "./fake-repo.ts";

/** Whose token it is. */
export interface FakeAccount {
  name: string;
  orgs?: string[];
  /** May only read. */
  readOnly?: boolean;
}

/** The hub keeps such content outside of git. */
export const isLarge = (content: { length: number }) => content.length > 1000;

/** Content of more bytes is uploaded in parts. */
const PART_BYTES = 100_000;

interface Asked {
  url: URL;
  body: Buffer;
  headers: IncomingHttpHeaders;
  account: FakeAccount | undefined;
}

type Answer = { status: number; body?: unknown; headers?: Record<string, string> };

/** The hub's endpoints for writing: who am I, create, branch, info, preupload, LFS batch and storage, commit. */
export class FakeHubWrites {
  /** Large contents by their SHA-256. */
  readonly stored = new Map<string, Buffer>();
  /** With which they were sent: the storage is not the hub. */
  readonly storageHeaders: IncomingHttpHeaders[] = [];
  readonly #repos: Record<string, FakeRepo>;
  readonly #accounts: Record<string, FakeAccount>;
  readonly #parts = new Map<string, Buffer[]>();

  constructor(repos: Record<string, FakeRepo>, accounts: Record<string, FakeAccount>) {
    this.#repos = repos;
    this.#accounts = accounts;
  }

  /** @returns whether it was such a request */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    const url = new URL(request.url!, `http://${request.headers.host}`);
    const handler = this.#handlerOf(`${request.method} ${url.pathname}`);
    if (!handler) return false;
    const token = request.headers.authorization?.replace("Bearer ", "") ?? "";
    const chunks: Buffer[] = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const asked = {
        url,
        body: Buffer.concat(chunks),
        headers: request.headers,
        account: this.#accounts[token],
      };
      const { status, body, headers } = handler(asked);
      response.writeHead(status, { "Content-Type": "application/json", ...headers });
      response.end(JSON.stringify(body ?? {}));
    });
    return true;
  }

  #handlerOf(line: string): ((asked: Asked) => Answer) | undefined {
    const storage = /^PUT \/storage\/(\w+)(?:\/(\d+))?$/.exec(line);
    if (storage) return (asked) => this.#store(storage[1]!, storage[2], asked);
    const whole = /^POST \/storage\/(\w+)\/complete$/.exec(line);
    if (whole) return () => this.#complete(whole[1]!);
    if (line === "GET /api/whoami-v2") return ({ account }) => whoIs(account);
    if (line === "POST /api/repos/create") return (asked) => this.#create(asked);
    const info = /^GET \/api\/datasets\/([^/]+\/[^/]+)\/revision\/[^/]+$/.exec(line);
    if (info)
      return () => ({ status: 200, body: { id: info[1], private: this.#repos[info[1]!]?.private ?? false } });
    const write =
      /^POST \/(?:api\/)?datasets\/([^/]+\/[^/.]+)(?:\.git\/info\/lfs\/objects)?\/(\w+)(?:\/(.+))?$/.exec(
        line,
      );
    if (!write) return undefined;
    const [, name, what, branch = "main"] = write;
    return (asked) => {
      const repo = this.#repos[name!];
      if (!asked.account) return refusal(401, "Invalid username or password.");
      if (!repo || asked.account.readOnly)
        return refusal(403, "You have read access but not the required permissions");
      return this.#write(repo, what!, decodeURIComponent(branch), asked);
    };
  }

  #create({ body, account }: Asked): Answer {
    const { name, organization, visibility } = JSON.parse(body.toString());
    const id = `${organization}/${name}`;
    if (!account) return refusal(401, "Invalid username or password.");
    if (account.readOnly) return refusal(403, "You have read access but not the required permissions");
    if (this.#repos[id]) return refusal(409, "You already created this dataset repo");
    this.#repos[id] = { revisions: { main: {} }, private: visibility === "private", commits: [] };
    return { status: 200, body: { url: `/datasets/${id}`, id } };
  }

  #write(repo: FakeRepo, what: string, branch: string, { url, body }: Asked): Answer {
    if (what === "branch") {
      repo.revisions[branch] = { ...repo.revisions.main };
      return { status: 200 };
    }
    if (what === "preupload") {
      const { files } = JSON.parse(body.toString()) as { files: { path: string; size: number }[] };
      const mode = (size: number) => (isLarge({ length: size }) ? "lfs" : "regular");
      return {
        status: 200,
        body: { files: files.map(({ path, size }) => ({ path, uploadMode: mode(size) })) },
      };
    }
    if (what === "batch") {
      const { objects } = JSON.parse(body.toString()) as { objects: { oid: string; size: number }[] };
      const answers = objects.map(({ oid, size }) => ({ oid, size, ...this.#upload(url.origin, oid, size) }));
      return { status: 200, body: { transfer: "basic", objects: answers } };
    }
    return this.#commit(repo, branch, body);
  }

  /** What to do for a content; nothing if it is there. */
  #upload(origin: string, oid: string, size: number): object {
    if (this.stored.has(oid)) return {};
    const href = `${origin}/storage/${oid}`;
    if (size <= PART_BYTES) return { actions: { upload: { href } } };
    const numbers = Array.from({ length: Math.ceil(size / PART_BYTES) }, (_, at) =>
      String(at + 1).padStart(5, "0"),
    );
    const parts = Object.fromEntries(numbers.map((number) => [number, `${href}/${number}`]));
    return {
      actions: { upload: { href: `${href}/complete`, header: { chunk_size: String(PART_BYTES), ...parts } } },
    };
  }

  #store(oid: string, part: string | undefined, { body, headers }: Asked): Answer {
    this.storageHeaders.push(headers);
    if (part === undefined) return this.#keep(oid, body);
    const parts = this.#parts.get(oid) ?? [];
    this.#parts.set(oid, parts);
    parts[Number(part) - 1] = body;
    return { status: 200, headers: { ETag: `"${part}"` } };
  }

  #complete(oid: string): Answer {
    return this.#keep(oid, Buffer.concat(this.#parts.get(oid) ?? []));
  }

  #keep(oid: string, content: Buffer): Answer {
    if (createHash("sha256").update(content).digest("hex") !== oid)
      return refusal(400, "The content has another hash");
    this.stored.set(oid, content);
    return { status: 200 };
  }

  #commit(repo: FakeRepo, branch: string, body: Buffer): Answer {
    const [header, ...operations] = body
      .toString()
      .split("\n")
      .map((line) => JSON.parse(line) as { key: string; value: Record<string, string> });
    const files = repo.revisions[branch];
    if (!files) return refusal(404, "Invalid rev id");
    const missing = operations.find(({ key, value }) => key === "lfsFile" && !this.stored.has(value.oid!));
    if (missing) return refusal(400, `The object of ${missing.value.path} was not uploaded`);
    for (const { key, value } of operations) {
      files[value.path!] =
        key === "lfsFile" ? this.stored.get(value.oid!)! : Buffer.from(value.content!, "base64");
    }
    repo.commits ??= [];
    repo.commits.push({
      branch,
      title: header!.value.summary!,
      paths: operations.map(({ value }) => value.path!),
    });
    return { status: 200, body: { commitOid: `commit-${repo.commits.length}`, commitUrl: "-" } };
  }
}

function whoIs(account: FakeAccount | undefined): Answer {
  if (!account) return refusal(401, "Invalid username or password.");
  const orgs = (account.orgs ?? []).map((name) => ({ type: "org", name }));
  return { status: 200, body: { type: "user", name: account.name, orgs, auth: { type: "access_token" } } };
}

function refusal(status: number, error: string): Answer {
  return { status, body: { error } };
}
