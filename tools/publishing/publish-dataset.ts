import { openAsBlob } from "node:fs";
import { uploadFiles } from "@huggingface/hub";
import { checkToken, type HubAccess } from "../../shared/datasets/hub/hub-access.ts";
import { EXIT, messageOf, UserError } from "../../shared/errors.ts";
import {
  ensureRepository,
  type HubRepository,
  listBranch,
  repositoryParams,
  requireOwner,
} from "./hub-repository.ts";
import type { PublishedFiles } from "./published-files.ts";
import { isSameContent } from "./same-content.ts";

export interface PublishOptions {
  /** owner/name */
  repo: string;
  access: Pick<HubAccess, "endpoint" | "token">;
  files: PublishedFiles;
  /** Writes the README; asked only when the hub lets us write. */
  card: () => Promise<string>;
  isPrivate: boolean;
  branch: string;
  message: string;
  signal?: AbortSignal | undefined;
  onUpload?: (files: number, bytes: number) => void;
  /** The hub is asked for the commit: from then on it may be made, whatever becomes of the answer. */
  onCommit?: () => void;
}

export interface Published {
  repo: string;
  url: string;
  branch: string;
  /** Of the commit; null where the hub had everything already. */
  commit: string | null;
  uploaded: string[];
  unchanged: string[];
}

const CARD = "README.md";

/**
 * Puts files and their card into a dataset repository of the hub, as one commit: all of them appear, or none. The repository
 * and branch are made where they are missing. Files that the hub has already are not sent again, and without a difference
 * there is no commit. Files that only the hub has stay there.
 * @throws UserError if the hub refuses or breaks off
 */
export async function publishDataset(options: PublishOptions): Promise<Published> {
  const { repo, branch, files, signal, onCommit } = options;
  const repository: HubRepository = { name: repo, access: withToken(options.access), signal, onCommit };
  await answered(options, requireOwner(repository));
  const contents = new Map<string, Blob>([[CARD, new Blob([await options.card()])]]);
  for (const { path, local } of files.files) contents.set(path, await openAsBlob(local));
  signal?.throwIfAborted();
  await answered(options, ensureRepository(repository, options.isPrivate));
  const changed = await answered(options, changedContents(repository, branch, contents, signal));
  const unchanged = [...contents.keys()].filter((path) => !changed.has(path));
  const url = urlOf(repository, branch);
  if (changed.size === 0) return { repo, url, branch, commit: null, uploaded: [], unchanged };
  const bytes = [...changed.values()].reduce((sum, { size }) => sum + size, 0);
  options.onUpload?.(changed.size, bytes);
  const commit = await answered(options, upload(repository, changed, options));
  return { repo, url, branch, commit, uploaded: [...changed.keys()], unchanged };
}

function withToken(access: PublishOptions["access"]): HubRepository["access"] {
  const { token } = access;
  if (!token) {
    throw new UserError(
      "HF_TOKEN is not set: make a token with write access in your hub account's settings, and set it in the environment.",
      { exitCode: EXIT.couldNotRun },
    );
  }
  checkToken(token);
  return { ...access, token, endpoint: access.endpoint.replace(/\/+$/, "") };
}

async function changedContents(
  repository: HubRepository,
  branch: string,
  contents: ReadonlyMap<string, Blob>,
  signal: AbortSignal | undefined,
): Promise<Map<string, Blob>> {
  const remote = new Map((await listBranch(repository, branch)).map((entry) => [entry.path, entry]));
  const changed = new Map<string, Blob>();
  for (const [path, content] of contents) {
    signal?.throwIfAborted();
    const there = remote.get(path);
    if (!there || !(await isSameContent(content, there))) changed.set(path, content);
  }
  return changed;
}

async function upload(
  repository: HubRepository,
  contents: ReadonlyMap<string, Blob>,
  { branch, message, signal }: PublishOptions,
): Promise<string> {
  const done = await uploadFiles({
    ...repositoryParams(repository),
    files: [...contents].map(([path, content]) => ({ path, content })),
    branch,
    commitTitle: message,
    // The hub takes both; the other protocol needs a second service.
    useXet: false,
    ...(signal ? { abortSignal: signal } : {}),
  });
  return done!.commit.oid;
}

function urlOf({ name, access }: HubRepository, branch: string): string {
  const url = `${access.endpoint}/datasets/${name}`;
  return branch === "main" ? url : `${url}/tree/${encodeURIComponent(branch)}`;
}

/** What the library throws of its own is an answer of the hub's that it could not read. */
async function answered<Result>({ access, signal }: PublishOptions, asked: Promise<Result>): Promise<Result> {
  try {
    return await asked;
  } catch (cause) {
    if (cause instanceof UserError || signal?.aborted) throw cause;
    if (cause instanceof Error && cause.name === "NotReadableError") {
      throw new UserError(
        "A file changed while it was read: start again when nothing writes to it any more.",
        {
          cause,
        },
      );
    }
    const why = messageOf(cause).replace(/\s+/g, " ");
    throw new UserError(
      `The hub at ${access.endpoint} answered what it should not (${why}): start again, what has arrived is not sent twice.`,
      { cause, exitCode: 3 },
    );
  }
}
