import { UserError } from "../../shared/errors.ts";
import { anyOf } from "../../shared/words/any-of.ts";
import { nearestNames } from "../../shared/words/nearest-names.ts";
import { MEMBERS } from "../supervisor/members.ts";

const MOST = 64;

/** Reads `dispatcher=2,coordinator=2`. @throws UserError naming what is wrong with it */
export function parseReplicas(text: string | undefined): Record<string, number> {
  const names = MEMBERS.filter((member) => member.portVariable === undefined).map((member) => member.name);
  const replicas: Record<string, number> = {};
  for (const part of (text ?? "").split(",").filter((one) => one.trim() !== "")) {
    const [, name, count] = /^\s*([a-z-]+)\s*=\s*(\d{1,3})\s*$/.exec(part) ?? [];
    if (name === undefined)
      throw new UserError(`--replicas holds ${JSON.stringify(part)}: write it as dispatcher=2.`);
    if (!names.includes(name)) {
      const near = nearestNames(name, names);
      const meant = near.length > 0 ? `did you mean ${anyOf(near)}?` : `name ${anyOf(names)}.`;
      throw new UserError(`--replicas names ${name}, which is no service that can have replicas: ${meant}`);
    }
    if (Number(count) < 1 || Number(count) > MOST) {
      throw new UserError(`--replicas wants ${count} of ${name}: give a number from 1 to ${MOST}.`);
    }
    replicas[name] = Number(count);
  }
  return replicas;
}
