import type { BatchEndpoint } from "./batch-rules.ts";
import { type RequestFault, readRequestLine } from "./request-line.ts";

/**
 * Checks the lines of one request file in turn, each by itself and against those before it: custom_ids differ, model and
 * endpoint do not. It keeps the custom_ids, nothing else of a line.
 */
export class RequestChecker {
  readonly #placeOf: (line: number) => string;
  /** The line of each custom_id. */
  readonly #lines = new Map<string, number>();
  #first: { line: number; url: BatchEndpoint | undefined; model: string | undefined } | undefined;
  /** Lines so far, wrong ones too. */
  requests = 0;
  embeddingInputs = 0;

  /** @param placeOf what sentences call an earlier line */
  constructor(placeOf: (line: number) => string = (line) => `line ${line}`) {
    this.#placeOf = placeOf;
  }

  get endpoint(): BatchEndpoint | undefined {
    return this.#first?.url;
  }

  get model(): string | undefined {
    return this.#first?.model;
  }

  /** All that is wrong with a line. */
  check(value: unknown, line: number): RequestFault[] {
    const { customId, url, model, embeddingInputs, faults } = readRequestLine(value);
    this.requests += 1;
    this.embeddingInputs += embeddingInputs;
    const earlier = customId === undefined ? undefined : this.#lines.get(customId);
    if (earlier !== undefined) {
      const message = `has the custom_id ${JSON.stringify(customId)} that ${this.#placeOf(earlier)} has already`;
      faults.push({ code: "duplicate_custom_id", message });
    } else if (customId !== undefined) this.#lines.set(customId, line);
    if (faults.some(({ code }) => FIRST_UNUSABLE.has(code))) return faults;
    this.#first ??= { line, url, model };
    const first = this.#placeOf(this.#first.line);
    if (url !== this.#first.url) {
      const message = `calls ${url}, but ${first} calls ${this.#first.url}: a file may hold one endpoint only`;
      faults.push({ code: "mismatched_endpoint", message });
    }
    if (model !== this.#first.model) {
      const message = `asks ${model ?? "no model"}, but ${first} asks ${this.#first.model ?? "none"}: a file may hold one model only`;
      faults.push({ code: "mismatched_model", message });
    }
    return faults;
  }
}

/** Lines with these faults have no endpoint or model that others could be compared with. */
const FIRST_UNUSABLE = new Set([
  "invalid_request",
  "missing_url",
  "invalid_url",
  "missing_body",
  "missing_model",
]);
