import type { Prices } from "../contracts/job-entry.ts";
import { Annotator, DEFAULT_BATCH_DISCOUNT } from "./annotator.ts";
import { DEFAULTS } from "./built-in.ts";
import { PROVIDERS, plainBaseUrl, providerOf } from "./endpoint.ts";
import type { RegistryEntry } from "./registry-schema.ts";

/** What one entry lacks or must not leave open; `path` is the field to look at. */
export class EntryFault extends Error {
  override name = "EntryFault";
  readonly path: string[];
  constructor(message: string, path: string[] = []) {
    super(message);
    this.path = path;
  }
}

const DEFAULT_BATCH = { discount: DEFAULT_BATCH_DISCOUNT, enqueuedTokens: null };

/**
 * The annotator of a file's entry, laid over the one that it changes, if any.
 * @throws EntryFault where the entry leaves open where to send requests, or which key may go to a new address
 */
export function annotatorOf(name: string, entry: RegistryEntry, base: Annotator | undefined): Annotator {
  const from = base ? changed(entry, base) : fresh(name, entry);
  return Annotator.parse({
    ...from,
    name,
    tokenizer: entry.tokenizer ?? from.tokenizer,
    maxTokensName: entry.parameters?.max_tokens_name ?? from.maxTokensName,
    unsupported: entry.parameters?.unsupported ?? from.unsupported,
    limits: {
      requestsPerMinute: entry.limits?.requests_per_minute ?? from.limits.requestsPerMinute,
      tokensPerMinute: entry.limits?.tokens_per_minute ?? from.limits.tokensPerMinute,
    },
    charges: entry.charges ?? from.charges,
    prices: pricesOf(entry) ?? from.prices,
    batch: batchOf(entry, from.batch),
    concurrency: entry.concurrency ?? from.concurrency,
    timeoutMs: entry.timeout === undefined ? from.timeoutMs : entry.timeout * 1_000,
    headers: { ...from.headers, ...entry.headers },
    extraBody: { ...from.extraBody, ...entry.extra_body },
    contextTokens: entry.context_tokens ?? from.contextTokens,
    maxOutputTokens: entry.max_output_tokens ?? from.maxOutputTokens,
  });
}

function changed(entry: RegistryEntry, base: Annotator): Annotator {
  const model = entry.model ?? base.model;
  const prices = model === base.model ? base.prices : null;
  if (entry.base_url === undefined) {
    const keyVariable = keptKey(entry, base.keyVariable);
    return { ...base, model, prices, keyVariable, provider: entry.provider ?? base.provider };
  }
  // A key must never go to another host because a line was forgotten.
  if (entry.key_variable === undefined && base.keyVariable !== null) {
    const wayOut = `say key_variable: ${base.keyVariable} to send that key there, or key_variable: null`;
    throw new EntryFault(`field base_url: sends its requests to another address: ${wayOut}`, ["base_url"]);
  }
  const baseUrl = plainBaseUrl(entry.base_url);
  const provider = entry.provider ?? providerOf(baseUrl);
  // What another address has besides completions, and what it takes unasked, is not known.
  const keyVariable = entry.key_variable ?? null;
  return { ...base, model, prices, baseUrl, provider, keyVariable, batch: null, usualSampling: false };
}

function fresh(name: string, entry: RegistryEntry): Annotator {
  const model = entry.model ?? name;
  if (entry.base_url !== undefined) {
    const baseUrl = plainBaseUrl(entry.base_url);
    const provider = entry.provider ?? providerOf(baseUrl);
    return { ...DEFAULTS, name, model, baseUrl, provider, keyVariable: entry.key_variable ?? null };
  }
  if (entry.provider === undefined)
    throw new EntryFault("field base_url: is missing: say where the model is reached");
  if (!Object.hasOwn(PROVIDERS, entry.provider)) {
    const known = Object.keys(PROVIDERS).join(" and ");
    throw new EntryFault(`field base_url: is missing: it may be left out for the providers ${known} only`, [
      "provider",
    ]);
  }
  const provider = PROVIDERS[entry.provider as keyof typeof PROVIDERS];
  const keyVariable = keptKey(entry, provider.keyVariable);
  const batch = entry.provider === "openai" ? DEFAULT_BATCH : null;
  return {
    ...DEFAULTS,
    name,
    model,
    baseUrl: provider.baseUrl,
    provider: entry.provider,
    keyVariable,
    batch,
  };
}

function keptKey(entry: RegistryEntry, own: string | null): string | null {
  return entry.key_variable === undefined ? own : entry.key_variable;
}

function pricesOf(entry: RegistryEntry): Prices | undefined {
  return entry.prices && { inputPerMillion: entry.prices.input, outputPerMillion: entry.prices.output };
}

/** @throws EntryFault where it is said how, but not that the endpoint takes batches */
function batchOf(entry: RegistryEntry, from: Annotator["batch"]): Annotator["batch"] {
  const base = entry.batch === undefined ? from : entry.batch ? (from ?? DEFAULT_BATCH) : null;
  const given = (["batch_discount", "batch_enqueued_tokens"] as const).find(
    (name) => entry[name] !== undefined,
  );
  if (base === null) {
    if (given === undefined) return null;
    throw new EntryFault(
      `field ${given}: needs batch: true, since not every endpoint has files and batches`,
      [given],
    );
  }
  return {
    discount: entry.batch_discount ?? base.discount,
    enqueuedTokens: entry.batch_enqueued_tokens ?? base.enqueuedTokens,
  };
}
