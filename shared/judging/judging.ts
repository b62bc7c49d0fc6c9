import type { Method } from "../contracts/messages/judge-methods.ts";
import type { Aspect } from "./methods/aspects.ts";
import type { JudgeTemplate } from "./templates/judge-template.ts";

/** How items are judged: what all items of a job share. Plain JSON; `loadJudging` makes it. */
export interface Judging {
  method: Method;
  /** Of `ultrafeedback`; null: those that an item's file is about, or all. */
  aspects: Aspect[] | null;
  /** By aspect for `ultrafeedback`, else by method. */
  templates: Record<string, JudgeTemplate>;
  /** Of `pairwise`: each pair in both orders, or in one that is drawn. */
  orders: "both" | "seeded";
  /** Of the order in which responses are shown. */
  seed: number;
  /** Items' texts are sent as they stand in their file, in place of a template. */
  useText: boolean;
  /** Of `custom`: the JSON schema of the answer. */
  schema?: Record<string, unknown>;
  /** Of `custom`: member of the request's body that asks for an answer in that schema. */
  responseFormat?: Record<string, unknown>;
}
