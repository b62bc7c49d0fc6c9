import { UserError } from "../../errors.ts";
import type { Dialect } from "../../providers/dialects.ts";

/** Endpoints that are known by the name of who has them. */
export const KNOWN_ENDPOINTS = {
  openai: { dialect: "openai-chat", baseUrl: "https://api.openai.com/v1", keyVariable: "OPENAI_API_KEY" },
  together: {
    dialect: "openai-chat",
    baseUrl: "https://api.together.xyz/v1",
    keyVariable: "TOGETHER_API_KEY",
  },
  anthropic: {
    dialect: "anthropic-messages",
    baseUrl: "https://api.anthropic.com/v1",
    keyVariable: "ANTHROPIC_API_KEY",
  },
} as const satisfies Record<string, { dialect: Dialect; baseUrl: string; keyVariable: string }>;
export type KnownEndpoint = keyof typeof KNOWN_ENDPOINTS;

/** What is wrong with a base URL, as the end of a sentence that starts with its name; undefined when it is fine. */
export function baseUrlFault(text: string): string | undefined {
  const url = URL.parse(text);
  if (!url || (url.protocol !== "http:" && url.protocol !== "https:")) {
    return "is no http or https address: write one such as https://api.example.com/v1";
  }
  if (url.username || url.password)
    return "holds a user or password: name the key's variable with key_variable instead";
  if (url.search || url.hash) return "has a query or fragment: leave out everything from ? or # on";
  const call = /\/(chat\/completions|messages)\/*$/.exec(url.pathname)?.[1];
  if (call !== undefined) return `ends with /${call}: leave that part out`;
  return undefined;
}

/** The base URL without slashes at its end, so that `/chat/completions` can be appended. */
export function plainBaseUrl(text: string): string {
  return URL.parse(text)!.href.replace(/\/+$/, "");
}

/** Where OpenAI's models are: the caller's OPENAI_BASE_URL, or the public endpoint. @throws UserError */
export function openaiEndpoint(openaiBaseUrl: string | undefined): string {
  if (openaiBaseUrl === undefined || openaiBaseUrl.trim() === "") return KNOWN_ENDPOINTS.openai.baseUrl;
  const fault = baseUrlFault(openaiBaseUrl.trim());
  if (fault) throw new UserError(`OPENAI_BASE_URL ${fault}.`);
  return plainBaseUrl(openaiBaseUrl.trim());
}

/** The provider's name for the route of an endpoint that the user described without naming a provider. */
export function hostName(baseUrl: string): string {
  const host = new URL(baseUrl).hostname;
  const known = Object.entries(KNOWN_ENDPOINTS).find(
    ([, provider]) => new URL(provider.baseUrl).hostname === host,
  );
  return known?.[0] ?? host;
}
