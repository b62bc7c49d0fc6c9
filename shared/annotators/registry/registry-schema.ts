import { z } from "zod";
import { REFUSABLE } from "../../contracts/messages/sampling-table.ts";
import { TOKENIZERS } from "../annotator.ts";
import { reservedMember } from "../request.ts";
import { baseUrlFault } from "./endpoint.ts";
import { nearDialect } from "./entry-provider.ts";

/** Upper case only, as variables of the environment are: what is written here is never a key itself. */
const VARIABLE = /^[A-Z_][A-Z0-9_]{0,99}$/;
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
/** Headers that carry a secret or that the HTTP client sets. */
const CLOSED_HEADERS =
  /^((proxy-)?authorization|cookie|(x-)?(api|auth|access)[-_]?(key|token)|host|connection|content-(type|length)|transfer-encoding)$/i;

const VARIABLE_HINT =
  "give the name of an environment variable such as MY_API_KEY, never the key itself; null for none";
const url = z.string("give an http or https address").superRefine((text, ctx) => {
  const fault = baseUrlFault(text);
  if (fault) ctx.addIssue({ code: "custom", message: fault });
});
const text = (hint: string) => z.string(hint).min(1, hint);
const countHint = "give a whole number above 0";
const count = z.int(countHint).positive(countHint);
const limitHint = "give a number above 0, or unlimited";
const limit = z.union([z.number().positive(), z.literal("unlimited")], limitHint);
const priceHint = "give US dollars per million tokens, 0 or more";
const price = z.number(priceHint).min(0, priceHint);
const shareHint = "give a share of the price from 0 to 1, such as 0.5";
const oneOf = <const Names extends readonly string[]>(names: Names) =>
  z.enum(names, `give one of ${names.join(", ")}`);

const Limits = z.strictObject(
  { requests_per_minute: limit.optional(), tokens_per_minute: limit.optional() },
  mapHint("requests_per_minute: 500"),
);
const EntryPrices = z.strictObject({ input: price, output: price }, mapHint("{input: 0.5, output: 1.5}"));
const Parameters = z.strictObject(
  {
    unsupported: z.array(oneOf(REFUSABLE), "give a list such as [seed, logprobs]").optional(),
    max_tokens_name: oneOf(["max_tokens", "max_completion_tokens"]).optional(),
  },
  mapHint("unsupported: [seed]"),
);
const Headers = z
  .record(z.string(), text("give a text"), "give names and texts")
  .superRefine((headers, ctx) => {
    for (const [name, value] of Object.entries(headers)) {
      const message = headerFault(name, value);
      if (message) ctx.addIssue({ code: "custom", path: [name], message });
    }
  });
const ExtraBody = z
  .record(z.string(), z.unknown(), "give a map of request body members")
  .superRefine((body, ctx) => {
    const reserved = reservedMember(body);
    if (reserved) ctx.addIssue({ code: "custom", message: `sets ${reserved}` });
  });

/** An entry of the annotators file; what it leaves out is the built-in's of the same name, or the general default. */
export const RegistryEntry = z.strictObject(
  {
    base_url: url.optional(),
    provider: z
      .string("give a name")
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, "give a name of letters, digits and . _ -")
      .superRefine((name, ctx) => {
        const near = nearDialect(name);
        if (near) ctx.addIssue({ code: "custom", message: `did you mean ${near}?` });
      })
      .optional(),
    api_version: text("give the version of the provider's API, such as 2024-10-21").optional(),
    key_variable: z.string(VARIABLE_HINT).regex(VARIABLE, VARIABLE_HINT).nullable().optional(),
    model: text("give the model's name at the provider").optional(),
    tokenizer: oneOf(TOKENIZERS).optional(),
    limits: Limits.optional(),
    prices: EntryPrices.optional(),
    charges: oneOf(["usage", "max_tokens", "auto"]).optional(),
    /** Whether it answers in streams of events only. */
    stream: z.boolean("give true or false").optional(),
    /** Whether the endpoint has files and batches. */
    batch: z.boolean("give true or false").optional(),
    batch_discount: z.number(shareHint).min(0, shareHint).max(1, shareHint).optional(),
    batch_enqueued_tokens: count.optional(),
    concurrency: count.optional(),
    /** Seconds. */
    timeout: z
      .number("give seconds above 0")
      .positive("give seconds above 0")
      .max(86_400, "give a day at most")
      .optional(),
    parameters: Parameters.optional(),
    headers: Headers.optional(),
    extra_body: ExtraBody.optional(),
    context_tokens: count.optional(),
    max_output_tokens: count.optional(),
  },
  mapHint("base_url and model"),
);
export type RegistryEntry = z.infer<typeof RegistryEntry>;

/** The field names of the entry ("") and of its maps. */
export const ENTRY_FIELDS: Record<string, string[]> = {
  "": Object.keys(RegistryEntry.shape),
  limits: Object.keys(Limits.shape),
  prices: Object.keys(EntryPrices.shape),
  parameters: Object.keys(Parameters.shape),
};

function headerFault(name: string, value: string): string | undefined {
  if (CLOSED_HEADERS.test(name))
    return "may not be set here: a key is sent as the bearer token that key_variable names";
  if (!HEADER_NAME.test(name)) return "is no name of an HTTP header";
  return /^[\x20-\x7e]+$/.test(value) ? undefined : "holds characters that an HTTP header cannot have";
}

function mapHint(example: string) {
  return {
    error: (issue: { code?: string | undefined }) =>
      issue.code === "invalid_type" ? `give a map such as ${example}` : undefined,
  };
}
