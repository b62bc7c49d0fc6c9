import { UserError } from "../../../shared/errors.ts";
import { aspectOf, type JudgedFile, readJudgedFile } from "../judged/judged-file.ts";
import type { TurnedPairs } from "../judged/judgement.ts";
import { type AspectAgreement, agreementOn } from "./aspect-agreement.ts";

export interface Agreement {
  of: JudgedFile["of"];
  aspects: AspectAgreement[];
  first: Omit<JudgedFile, "aspects" | "of">;
  second: Omit<JudgedFile, "aspects" | "of">;
}

export interface AgreementOptions {
  first: string;
  second: string;
  /** The aspect of that file to compare with one of the other's; without both, all that the files share. */
  firstAspect?: string | undefined;
  secondAspect?: string | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * How far two judges, or a judge and a human, agree on what both of them judged. Scores are joined by prompt and response,
 * rankings by prompt and both responses; a pair that the second file shows the other way round is turned. Holds the judgements of both files in memory, not their texts.
 * @throws UserError naming the place, or if the files have nothing in common
 */
export async function measureAgreement(options: AgreementOptions): Promise<Agreement> {
  const turned: TurnedPairs = new Map();
  const first = await readJudgedFile(options.first, turned, options.signal);
  const second = await readJudgedFile(options.second, turned, options.signal);
  if (first.of !== second.of) throw unlike(first, second);
  const aspects = aspectPairs(first, second, options).map(([one, other]) =>
    agreementOn(
      one === other ? one : `${one} / ${other}`,
      first.aspects.get(one)!,
      second.aspects.get(other)!,
    ),
  );
  if (aspects.every(({ compared }) => compared === 0)) {
    throw new UserError(
      `${first.path} and ${second.path} have judged nothing in common: give judgements of the same prompts and responses.`,
    );
  }
  return { of: first.of, aspects, first: countsOf(first), second: countsOf(second) };
}

function aspectPairs(
  first: JudgedFile,
  second: JudgedFile,
  { firstAspect, secondAspect }: AgreementOptions,
): [string, string][] {
  if (firstAspect !== undefined || secondAspect !== undefined) {
    return [[aspectOf(first, firstAspect, "aspect1"), aspectOf(second, secondAspect, "aspect2")]];
  }
  const shared = [...first.aspects.keys()].filter((aspect) => second.aspects.has(aspect));
  if (shared.length > 0) return shared.map((aspect) => [aspect, aspect]);
  const names = (file: JudgedFile) => [...file.aspects.keys()].join(", ");
  throw new UserError(
    `${first.path} judges ${names(first)} and ${second.path} ${names(second)}: say which to compare with --aspect1 and --aspect2.`,
  );
}

function unlike(first: JudgedFile, second: JudgedFile): UserError {
  return new UserError(
    `${first.path} holds ${first.of} and ${second.path} ${second.of}: give two files of one kind, or compare ratings with rankings by \`assay consistency\`.`,
  );
}

function countsOf({ aspects: _, of: __, ...counts }: JudgedFile): Agreement["first"] {
  return counts;
}
