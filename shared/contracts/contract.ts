import { z } from "zod";

/** One token of a subject. */
export type Token = string | number;

/** One message type: where it goes, what it holds, and which messages are the same one. */
export interface Contract<Body, Address extends Token[] = Token[]> {
  readonly subject: (...address: Address) => string;
  readonly schema: z.ZodType<Body>;
}

/** A question and its answer, over request/reply. */
export interface RequestContract<Question, Answer, Address extends Token[] = Token[]> {
  readonly subject: (...address: Address) => string;
  readonly question: z.ZodType<Question>;
  readonly answer: z.ZodType<Answer>;
}

export function defineContract<Body, Address extends Token[]>(
  contract: Contract<Body, Address>,
): Contract<Body, Address> {
  return contract;
}

export function defineRequest<Question, Answer, Address extends Token[]>(
  contract: RequestContract<Question, Answer, Address>,
): RequestContract<Question, Answer, Address> {
  return contract;
}

/** Identifies a job: 16 hex digits of a hash of its kind and output folder. */
export const JobId = z.string().regex(/^[0-9a-f]{16}$/, "a job id is 16 hex digits");
/** Rises when a job is overwritten or retried; messages of another run are acked and dropped. */
export const Run = z.int().min(1);
/** A record of the dataset, numbered from 0 in dataset order. */
export const Row = z.int().min(0);

/** What `Row` allows, where a check is written by hand. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/**
 * An array whose items are checked by hand: a schema an item, which copies it, takes too long where some ten thousand
 * come in a second.
 * @param what stands in the fault: "results of rows: {row, ...}"
 */
export function arrayOf<Item>(isItem: (value: unknown) => value is Item, what: string): z.ZodType<Item[]> {
  return z.custom<Item[]>((value) => Array.isArray(value) && value.every(isItem), `are no ${what}`);
}

/** Row numbers; checked as fast as it can be done. */
export const Rows = arrayOf(isCount, "row numbers");
