import { EXIT, messageOf, UserError } from "../../errors.ts";
import { nearestNames } from "../../words/nearest-names.ts";
import { knownDatasets } from "./known-datasets.ts";

/** Where the hub is, who asks, and where its files are kept. */
export interface HubAccess {
  /** HF_ENDPOINT. */
  endpoint: string;
  token?: string | undefined;
  cacheFolder: string;
}

export const DEFAULT_HUB = "https://huggingface.co";

/** The hub answered that there is no such revision or file; callers that ask "is there one?" catch it. */
export class HubHasNot extends UserError {
  override name = "HubHasNot";
}

/**
 * `fetch` for one repository of the hub, for @huggingface/hub to use: every answer but success, and no answer at all,
 * is thrown as one sentence that tells what to do.
 */
export function hubFetch(repo: string, access: HubAccess): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init).catch((cause) => {
      const why = messageOf((cause as Error).cause ?? cause) || "no connection";
      throw new UserError(
        `The hub at ${access.endpoint} cannot be reached (${why}): check the network or HF_ENDPOINT.`,
        { cause, exitCode: 3 },
      );
    });
    if (response.ok) return response;
    const code = response.headers.get("X-Error-Code") ?? "";
    await response.body?.cancel();
    throw refusal(repo, access, response.status, code);
  };
}

/** @huggingface/hub refuses other tokens with a sentence that does not name the variable. */
export function checkToken(token: string | undefined): void {
  if (token && !token.startsWith("hf_")) {
    throw new UserError(
      'HF_TOKEN is no hub token: those begin with "hf_"; get one in your hub account\'s settings.',
      { exitCode: EXIT.couldNotRun },
    );
  }
}

function refusal(repo: string, access: HubAccess, status: number, code: string): UserError {
  const withToken = access.token ? "the account of HF_TOKEN" : "anyone without a token";
  if (code === "GatedRepo") {
    return new UserError(
      `The hub dataset ${repo} is gated and not open to ${withToken}: accept its terms on ${access.endpoint}/datasets/${repo} and set HF_TOKEN of that account.`,
    );
  }
  if (code === "RevisionNotFound" || code === "EntryNotFound") {
    return new HubHasNot(`The hub dataset ${repo} has no such revision or file.`);
  }
  if (status === 404 || status === 401 || status === 403) {
    const near = nearestNames(
      repo,
      knownDatasets().map((dataset) => dataset.repo),
    )[0];
    const hint = near && near !== repo ? `, did you mean ${near}` : "";
    const token = access.token ? "HF_TOKEN may not see it" : "it is private and HF_TOKEN is not set";
    return new UserError(`The hub has no dataset ${repo}${hint}, or ${token}: check the name and the token.`);
  }
  return new UserError(`The hub at ${access.endpoint} answered ${status} for ${repo}: try again later.`, {
    exitCode: 3,
  });
}
