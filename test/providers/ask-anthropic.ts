import { loadRegistry } from "../../shared/annotators/registry/registry.ts";
import { buildRequest } from "../../shared/annotators/request.ts";
import { verdictOf } from "../../shared/completions/verdict.ts";
import { parseSampling } from "../../shared/contracts/messages/sampling.ts";
import { anthropicMessages } from "../../shared/providers/anthropic-messages.ts";
import { callAddress } from "../../shared/providers/call-address.ts";
import { annotatorsFiles } from "../annotators/annotators-files.ts";
import { ANTHROPIC_KEY } from "../support/played-anthropic.ts";

/** An annotator of a played server, or of the real address where no URL is given. */
export function annotatorAt(url?: string, more = "") {
  using files = annotatorsFiles();
  const place = url === undefined ? "" : `base_url: ${url}, key_variable: ANTHROPIC_API_KEY, `;
  const file = files.put(
    `annotators:\n  claude: {provider: anthropic-messages, ${place}model: claude-test${more}}\n`,
  );
  return loadRegistry({ file }).resolve("claude");
}

/** Asks a server once, as a job and a preview do. */
export async function ask(url: string, given: Record<string, unknown>, messages: unknown[]) {
  const annotator = annotatorAt(url);
  const { params, given: names } = parseSampling(given);
  const body = anthropicMessages.bodies(buildRequest(annotator, params, names))(JSON.stringify(messages));
  if (typeof body !== "string") return { unsayable: body.unsayable };
  const { url: address, headers } = callAddress(annotator, ANTHROPIC_KEY);
  const response = await fetch(address, { method: "POST", headers, body });
  const header = (name: string) => response.headers.get(name) ?? undefined;
  const answer = { status: response.status, header, body: await response.text() };
  return { verdict: verdictOf(anthropicMessages, answer, []), limits: anthropicMessages.readLimits(header) };
}
