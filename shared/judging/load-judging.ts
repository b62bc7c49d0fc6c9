import { UserError } from "../errors.ts";
import { nearestNames } from "../nearest-names.ts";
import { judgeTemplate } from "./judge-template.ts";
import type { Judging } from "./judging.ts";
import { ASPECTS, isAspect, METHODS, type Method } from "./method.ts";
import { BUILT_IN } from "./templates/built-in.ts";

/** How a user says it, under the names of the flags. */
export interface JudgingFlags {
  method: string;
  /** Of `ultrafeedback`. */
  aspects?: readonly string[] | undefined;
  seed?: number | undefined;
  useText?: boolean | undefined;
}

/** Reads and checks how items are to be judged. @throws UserError for the first thing that is wrong */
export async function loadJudging(flags: JudgingFlags): Promise<Judging> {
  const method = methodOf(flags.method);
  const aspects = flags.aspects === undefined ? null : flags.aspects.map(aspectOf);
  const names = method === "ultrafeedback" ? (aspects ?? ASPECTS) : [method];
  return {
    method,
    aspects,
    templates: Object.fromEntries(names.map((name) => [name, builtIn(name)])),
    orders: "both",
    seed: flags.seed ?? 0,
    useText: flags.useText ?? false,
  };
}

function builtIn(name: string) {
  return judgeTemplate(`assay/${name}`, BUILT_IN[name]!, ["instruction", "texts"]);
}

function methodOf(name: string): Method {
  const method = METHODS.find((one) => one === name);
  if (method) return method;
  throw unknown("method", name, METHODS);
}

function aspectOf(name: string) {
  if (isAspect(name)) return name;
  throw unknown("aspect", name, ASPECTS);
}

function unknown(what: string, name: string, names: readonly string[]): UserError {
  const near = nearestNames(name, names, 1)[0];
  const meant = near ? `did you mean ${near}?` : `known are ${names.join(", ")}.`;
  return new UserError(`There is no judging ${what} ${JSON.stringify(name)}: ${meant}`);
}
