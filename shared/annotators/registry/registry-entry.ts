import type { Prices } from "../../contracts/job-entry.ts";
import { REFUSABLE, type Refusable } from "../../contracts/messages/sampling-table.ts";
import type { Dialect } from "../../providers/dialects.ts";
import { providerOf } from "../../providers/providers.ts";
import { Annotator, DEFAULT_BATCH_DISCOUNT } from "../annotator.ts";
import { DEFAULTS } from "./built-in.ts";
import { KNOWN_ENDPOINTS, plainBaseUrl } from "./endpoint.ts";
import { knownBy, spokenBy } from "./entry-provider.ts";
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
  const annotator = Annotator.parse({
    ...from,
    name,
    tokenizer: entry.tokenizer ?? from.tokenizer,
    maxTokensName: entry.parameters?.max_tokens_name ?? from.maxTokensName,
    unsupported: unsupportedBy(from.dialect, entry.parameters?.unsupported ?? from.unsupported),
    apiVersion: entry.api_version ?? from.apiVersion,
    limits: {
      requestsPerMinute: entry.limits?.requests_per_minute ?? from.limits.requestsPerMinute,
      tokensPerMinute: entry.limits?.tokens_per_minute ?? from.limits.tokensPerMinute,
    },
    charges: entry.charges ?? from.charges,
    prices: pricesOf(entry) ?? from.prices,
    streams: streamsBy(entry, from),
    batch: batchOf(entry, from),
    concurrency: entry.concurrency ?? from.concurrency,
    timeoutMs: entry.timeout === undefined ? from.timeoutMs : entry.timeout * 1_000,
    headers: { ...from.headers, ...entry.headers },
    extraBody: { ...from.extraBody, ...entry.extra_body },
    contextTokens: entry.context_tokens ?? from.contextTokens,
    maxOutputTokens: entry.max_output_tokens ?? from.maxOutputTokens,
  });
  const missing = providerOf(annotator).entryFault(annotator);
  if (missing) throw new EntryFault(`field ${missing.field}: ${missing.fault}`, [missing.field]);
  return annotator;
}

function changed(entry: RegistryEntry, base: Annotator): Annotator {
  const model = entry.model ?? base.model;
  const prices = model === base.model ? base.prices : null;
  if (entry.base_url === undefined) {
    const keyVariable = keptKey(entry, base.keyVariable);
    return { ...base, model, prices, keyVariable, ...spokenBy(entry.provider, undefined, base) };
  }
  // A key must never go to another host because a line was forgotten.
  if (entry.key_variable === undefined && base.keyVariable !== null) {
    const wayOut = `say key_variable: ${base.keyVariable} to send that key there, or key_variable: null`;
    throw new EntryFault(`field base_url: sends its requests to another address: ${wayOut}`, ["base_url"]);
  }
  const baseUrl = plainBaseUrl(entry.base_url);
  // What another address has besides completions, and what it takes unasked, is not known.
  const moved = { baseUrl, keyVariable: entry.key_variable ?? null, batch: null, usualSampling: false };
  return { ...base, model, prices, ...moved, ...spokenBy(entry.provider, baseUrl, base) };
}

function fresh(name: string, entry: RegistryEntry): Annotator {
  const model = entry.model ?? name;
  if (entry.base_url !== undefined) {
    const baseUrl = plainBaseUrl(entry.base_url);
    const spoken = spokenBy(entry.provider, baseUrl, undefined)!;
    const { usual } = providerOf(spoken);
    return {
      ...DEFAULTS,
      ...usual,
      ...spoken,
      name,
      model,
      baseUrl,
      keyVariable: entry.key_variable ?? null,
    };
  }
  if (entry.provider === undefined)
    throw new EntryFault("field base_url: is missing: say where the model is reached");
  const known = knownBy(entry.provider);
  if (known === undefined) {
    const names = Object.keys(KNOWN_ENDPOINTS)
      .join(", ")
      .replace(/, (?=[^,]*$)/, " and ");
    throw new EntryFault(`field base_url: is missing: it may be left out for the providers ${names} only`, [
      "provider",
    ]);
  }
  const [provider, { dialect, baseUrl, keyVariable: own }] = known;
  const batch = provider === "openai" ? DEFAULT_BATCH : null;
  const { usual } = providerOf({ dialect });
  return {
    ...DEFAULTS,
    ...usual,
    ...{ name, model, provider, dialect, baseUrl, batch },
    keyVariable: keptKey(entry, own),
  };
}

/** What it does not take: what its provider has no word for, and what is said of the model. */
function unsupportedBy(dialect: Dialect, unsupported: readonly Refusable[]): Refusable[] {
  const { takes } = providerOf({ dialect });
  const lacking = REFUSABLE.filter((name) => !takes.includes(name));
  return [...new Set([...lacking, ...unsupported])];
}

/** @throws EntryFault where nothing reads streams */
function streamsBy(entry: RegistryEntry, { dialect, streams: from, batch }: Annotator): boolean {
  const streams = entry.stream ?? from;
  if (streams && !providerOf({ dialect }).readsStreams)
    throw new EntryFault(`field stream: answers of ${dialect} are not read as streams: leave it out`, [
      "stream",
    ]);
  if (streams && (entry.batch ?? batch !== null))
    throw new EntryFault("field stream: no batch answers in streams: say batch: false, or leave it out", [
      "stream",
    ]);
  return streams;
}

function keptKey(entry: RegistryEntry, own: string | null): string | null {
  return entry.key_variable === undefined ? own : entry.key_variable;
}

function pricesOf(entry: RegistryEntry): Prices | undefined {
  return entry.prices && { inputPerMillion: entry.prices.input, outputPerMillion: entry.prices.output };
}

/** @throws EntryFault where it is said how, but not that the endpoint takes batches */
function batchOf(entry: RegistryEntry, { batch: from, dialect }: Annotator): Annotator["batch"] {
  const base = entry.batch === undefined ? from : entry.batch ? (from ?? DEFAULT_BATCH) : null;
  if (base !== null && providerOf({ dialect }).batches === null)
    throw new EntryFault(`field batch: there are no batches by ${dialect}: leave it out`, ["batch"]);
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
