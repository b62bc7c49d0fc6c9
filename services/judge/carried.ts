import { z } from "zod";
import type { Carry } from "../../shared/judging/calls/carry.ts";

/**
 * What a judge must remember of a row between its asks. It travels with the request and comes back with the reply, so
 * that any replica can go on and none holds state.
 */
const Carried = z.object({
  /** What is needed to read the reply; the coordinator wrote it. */
  about: z.custom<Carry>((value) => typeof value === "object" && value !== null),
  /** Asks so far, the one that this reply answers included. */
  asks: z.int().positive().default(1),
  /** What earlier asks used. */
  promptTokens: z.int().min(0).default(0),
  completionTokens: z.int().min(0).default(0),
  /** Why earlier replies gave no verdict. */
  faults: z.array(z.string()).default([]),
});
export type Carried = z.infer<typeof Carried>;

/** Undefined: it is nothing that a judge could read a reply by. */
export function readCarried(text: string): Carried | undefined {
  try {
    return Carried.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
