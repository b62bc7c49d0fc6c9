import type { Method } from "../../contracts/messages/judge-methods.ts";

/**
 * All that is needed to read a reply, besides the reply: it travels with the request, so that whoever reads the reply
 * need not remember. Plain JSON.
 */
export interface Carry {
  method: Method;
  part: string;
  template: { name: string; sha256: string };
  /** Texts in the order in which they were shown, by their index in the item; of `pairwise` the reference is 0. */
  order: number[];
  /** The number under which each was shown. */
  numbers: number[];
  /** Of `custom`: the JSON schema of the answer. */
  schema?: Record<string, unknown>;
}
