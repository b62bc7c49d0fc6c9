import { z } from "zod";
import { saying } from "./field-sentences.ts";

const STOP_SEQUENCES_MAX = 4;

/** A number; each fault is a sentence that names the parameter, the value and the range. */
export function ranged(name: string, min: number, max: number): z.ZodNumber {
  const error = saying(name, `give a number from ${min} to ${max}`);
  return z.number({ error }).min(min, { error }).max(max, { error });
}

/** A whole number in a range, either end of which may be left open. */
export function whole(name: string, min?: number, max?: number): z.ZodNumber {
  const from = min === undefined ? "" : max === undefined ? ` of at least ${min}` : ` from ${min} to ${max}`;
  const error = saying(name, `give a whole number${from}`);
  return z
    .number({ error })
    .int({ error })
    .min(min ?? Number.MIN_SAFE_INTEGER, { error })
    .max(max ?? Number.MAX_SAFE_INTEGER, { error });
}

export function yesOrNo(name: string): z.ZodBoolean {
  return z.boolean({ error: saying(name, "give true or false") });
}

/** A JSON object, also as its text: command lines and messages alike. */
export function jsonObject(name: string, example: string) {
  const error = saying(name, `give a JSON object such as ${example}`);
  return z.preprocess(parsedIfText, z.record(z.string(), z.unknown(), { error }));
}

export function stopSequences(name: string) {
  const error = saying(name, `give at most ${STOP_SEQUENCES_MAX} texts, separated by commas`);
  return z
    .union([z.string(), z.array(z.string())], { error })
    .transform((given) =>
      (typeof given === "string" ? given.split(",") : given).filter((text) => text !== ""),
    )
    .refine((texts) => texts.length <= STOP_SEQUENCES_MAX, { error });
}

/** Token ids and how much likelier each becomes. */
export function logitBias(name: string) {
  const wayOut = 'give a JSON object of token ids and numbers from -100 to 100 such as {"50256": -100}';
  const valid = (value: unknown) =>
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.entries(value).every(
      ([id, bias]) => /^\d+$/.test(id) && Math.abs(bias) <= 100 && typeof bias === "number",
    );
  return z.preprocess(parsedIfText, z.custom<Record<string, number>>(valid, { error: saying(name, wayOut) }));
}

function parsedIfText(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
