import { z } from "zod";
import { parseDistribution } from "./distribution.ts";

/** A number from 0 to 1. */
export const Share = z.number().min(0).max(1);

/** Shares by kind that add up to at most 1. */
export function sharesOf<Kind extends string>(kinds: readonly Kind[]) {
  return z
    .partialRecord(z.enum(kinds), Share)
    .refine(
      (shares) =>
        Object.values<number>(shares as Record<string, number>).reduce((sum, one) => sum + one, 0) <= 1,
      "shares add up to over 1",
    );
}

/** A text that parseDistribution reads. */
export const distributionText = (what: "delay" | "tokens") =>
  z.string().superRefine((text, context) => {
    try {
      parseDistribution(text, what);
    } catch (error) {
      context.addIssue({ code: "custom", message: (error as Error).message });
    }
  });
