import { UserError } from "../../../shared/errors.ts";
import { judgementOf, type TurnedPairs } from "./judgement.ts";
import type { Observation } from "./observation.ts";
import { readJudgedEntries } from "./read-judged-entries.ts";

/** Values by the thing that was judged; null where the aspect does not apply to it. */
export type Judgements = ReadonlyMap<string, number | null>;

/** The judgements of a file by aspect, without their texts. */
export interface JudgedFile {
  path: string;
  of: "ratings" | "rankings";
  aspects: ReadonlyMap<string, Judgements>;
  judgements: number;
  /** Judgements of a thing that the file has judged before; the first counts. */
  repeated: number;
  /** Those of them that differ from the first. */
  conflicting: number;
  /** The verdicts are those of a stand-in for a model. */
  simulated: boolean;
}

/**
 * @param turned how pairs are shown: of files that are to be compared the first fills it, and the other is read by it
 * @throws UserError naming the place of what cannot be read, or if nothing was judged
 */
export async function readJudgedFile(
  path: string,
  turned: TurnedPairs,
  signal?: AbortSignal,
): Promise<JudgedFile> {
  const aspects = new Map<string, Map<string, number | null>>();
  const counts = { judgements: 0, repeated: 0, conflicting: 0 };
  let of: JudgedFile["of"] = "ratings";
  let simulated = false;
  const add = (observation: Observation) => {
    if (observation.kind === "pair") of = "rankings";
    const { key, aspect, value } = judgementOf(observation, turned);
    const values = aspects.get(aspect) ?? new Map<string, number | null>();
    aspects.set(aspect, values);
    counts.judgements += 1;
    const earlier = values.get(key);
    if (earlier === undefined) values.set(key, value);
    else {
      counts.repeated += 1;
      if (earlier !== value) counts.conflicting += 1;
    }
  };
  for await (const entry of readJudgedEntries(path, signal)) {
    simulated ||= entry.simulated;
    for (const observation of entry.observations) add(observation);
  }
  if (counts.judgements === 0) {
    throw new UserError(`${path} has no verdict that can be compared: give one with ratings or rankings.`);
  }
  return { path, of, aspects, ...counts, simulated };
}

/** The judgements of one aspect, or of the only one. @throws UserError if there is no such aspect, or several */
export function aspectOf(file: JudgedFile, wanted: string | undefined, flag: string): string {
  const names = [...file.aspects.keys()];
  const name = wanted ?? (names.length === 1 ? names[0]! : undefined);
  if (name !== undefined && file.aspects.has(name)) return name;
  const fault = wanted === undefined ? "has several aspects" : `has no aspect "${wanted}"`;
  throw new UserError(`${file.path} ${fault}: give --${flag} one of ${names.join(", ")}.`);
}
