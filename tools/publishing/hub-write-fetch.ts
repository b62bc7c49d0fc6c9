import { HubHasNot } from "../../shared/datasets/hub/hub-access.ts";
import { EXIT, messageOf, UserError } from "../../shared/errors.ts";

const AGAIN = "start again, what has arrived is not sent twice";

export interface WriteFetchOptions {
  /** Ends every request, also those that the library gives no signal. */
  signal?: AbortSignal | undefined;
  /** Called when the hub is asked for the commit: from then on it may be made, whatever becomes of the answer. */
  onCommit?: (() => void) | undefined;
}

/** Path of the request that makes a commit. */
const COMMIT = /^\/api\/datasets\/[^/]+\/[^/]+\/commit\//;

/**
 * `fetch` for @huggingface/hub while it writes to a repository: every refusal, and no answer at all, is thrown as one
 * sentence that tells what to do. That a repository which is to be made exists already comes back as the answer it is.
 */
export function hubWriteFetch(
  repo: string,
  access: { endpoint: string },
  { signal, onCommit }: WriteFetchOptions = {},
): typeof fetch {
  return async (input, init) => {
    signal?.throwIfAborted();
    if (COMMIT.test(new URL(input instanceof Request ? input.url : input).pathname)) onCommit?.();
    const signals = [init?.signal, signal].filter((one) => one != null);
    const response = await fetch(input, { ...init, signal: AbortSignal.any(signals) }).catch((cause) => {
      if (init?.signal?.aborted || signal?.aborted) throw cause;
      const why = messageOf((cause as Error).cause ?? cause) || "no connection";
      throw new UserError(
        `The hub at ${access.endpoint} cannot be reached or broke off (${why}): check the network or HF_ENDPOINT and ${AGAIN}.`,
        { cause, exitCode: 3 },
      );
    });
    if (response.ok || isThereAlready(response)) return response;
    const code = response.headers.get("X-Error-Code") ?? "";
    const said = await reasonIn(response);
    throw refusal(repo, access, response, code, said);
  };
}

function isThereAlready({ status, url }: Response): boolean {
  return status === 409 && new URL(url).pathname === "/api/repos/create";
}

function refusal(
  repo: string,
  { endpoint }: { endpoint: string },
  response: Response,
  code: string,
  said: string,
): Error {
  const { status, url } = response;
  if (code === "RevisionNotFound" || code === "EntryNotFound" || code === "RepoNotFound") {
    return new HubHasNot(`The hub has no ${repo}, or not this revision of it.`);
  }
  if (status === 401) {
    return new UserError(
      "The hub refuses HF_TOKEN, which is wrong, expired or revoked: make one with write access in your hub account's settings.",
      { exitCode: EXIT.couldNotRun },
    );
  }
  if (status === 403) {
    return new UserError(
      `HF_TOKEN may not write to ${repo}${said}: give a token with write access to it, or name a repository of your own.`,
    );
  }
  if (status === 413) {
    return new UserError(
      `The hub finds what is to be written to ${repo} too large${said}: split the files, or write them as Parquet.`,
    );
  }
  if (status === 400 || status === 409 || status === 412 || status === 422) {
    return new UserError(
      `The hub does not take this for ${repo}${said || ` (${status})`}: mend it and start again.`,
    );
  }
  const where =
    new URL(url).origin === new URL(endpoint).origin ? `The hub at ${endpoint}` : "The hub's storage";
  return new UserError(`${where} answered ${status} for ${repo}${said}: try again later; ${AGAIN}.`, {
    exitCode: 3,
  });
}

const MOST_CHARACTERS = 200;

/** What the hub says of it, in parentheses; nothing where it says nothing. */
async function reasonIn(response: Response): Promise<string> {
  const text = await response.text().catch(() => "");
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    return typeof error === "string" && error !== ""
      ? ` (${error.replace(/\s+/g, " ").replace(/\.$/, "").slice(0, MOST_CHARACTERS)})`
      : "";
  } catch {
    return "";
  }
}
