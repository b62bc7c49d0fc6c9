import { z } from "zod";
import { defineRequest } from "./contract.ts";
import { GivenLimits } from "./job-entry.ts";

/** What the provider's answers have shown of a route; null: nothing yet. */
export const LearntLimits = z.strictObject({
  requestsPerMinute: z.number().positive().nullable(),
  tokensPerMinute: z.number().positive().nullable(),
  /** Whether calls are charged with what they used or with what they might have used. */
  charging: z.enum(["usage", "max_tokens"]).nullable(),
  /** An answer has been seen: limits that are still null are not named by the provider. */
  probed: z.boolean(),
});
export type LearntLimits = z.infer<typeof LearntLimits>;

/**
 * Asked of the replica that holds a route's buckets. It keeps the question until there is budget, first come first
 * served among replicas, but answers after a second at the latest, if need be with nothing: the asker's place is kept.
 */
export const askForBudget = defineRequest({
  subject: (route: string) => `budget.${route}`,
  question: z.strictObject({
    replica: z.string(),
    /** What the asker could start now or very soon, beyond what it holds. */
    requests: z.int().min(0),
    tokens: z.number().min(0),
    /** Tokens that its next call lacks: less would be of no use. */
    largest: z.number().min(0),
    /** The tightest limits given by the asker's jobs. */
    given: GivenLimits,
    /** It has a job whose way of charging is to be found out. */
    auto: z.boolean(),
    learnt: LearntLimits,
  }),
  answer: z.strictObject({
    requests: z.int().min(0),
    tokens: z.number().min(0),
    /** What has not been spent after this time is to be returned. */
    validMs: z.number(),
    /** The route rests for so long. */
    stopMs: z.number(),
    /** One call, to run alone: its answer shows the limits. */
    probe: z.boolean(),
    learnt: LearntLimits,
  }),
});
export type BudgetQuestion = z.infer<typeof askForBudget.question>;
export type BudgetAnswer = z.infer<typeof askForBudget.answer>;

/** Told to the holder of the buckets, a few times a second: what granted budget has come to. */
export const settleBudget = defineRequest({
  subject: (route: string) => `budget.${route}.settle`,
  question: z.strictObject({
    replica: z.string(),
    /** Granted and not needed; tokens also where calls used less than was reserved, negative where they used more. */
    requests: z.int(),
    tokens: z.number(),
    /** Calls that were refused with 429, and what was reserved for them. */
    refusedRequests: z.int().min(0),
    refusedTokens: z.number().min(0),
    /** Which limit the refusals named. */
    refusedBy: z.enum(["requests", "tokens"]).nullable(),
    /** Calls that ended in an answer, what was set aside for them, and what they took by its usage. */
    ended: z.strictObject({
      calls: z.int().min(0),
      reserved: z.number().min(0),
      used: z.number().min(0),
    }),
    /** A granted probe has ended. */
    probeEnded: z.boolean(),
    learnt: LearntLimits,
  }),
  answer: z.null(),
});
export type Settlement = z.infer<typeof settleBudget.question>;

/** Told to all replicas: the provider wants the whole route to rest. */
export const routeStopped = defineRequest({
  subject: (route: string) => `budget.${route}.stop`,
  question: z.strictObject({ replica: z.string(), waitMs: z.number().min(0) }),
  answer: z.null(),
});
