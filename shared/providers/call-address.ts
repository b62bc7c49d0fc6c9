import type { Annotator } from "../annotators/annotator.ts";
import { providerOf } from "./providers.ts";

/** Where an annotator's calls go, and what is sent with each of them. */
export function callAddress(
  annotator: Annotator,
  key: string | undefined,
): { url: URL; headers: Record<string, string> } {
  const provider = providerOf(annotator);
  const headers: Record<string, string> = {
    "content-type": "application/json",
    accept: "application/json",
    "user-agent": "assay",
  };
  for (const [name, value] of Object.entries(annotator.headers)) headers[name.toLowerCase()] = value;
  Object.assign(headers, provider.headers(annotator, key));
  return { url: new URL(`${annotator.baseUrl}${provider.path(annotator)}`), headers };
}
