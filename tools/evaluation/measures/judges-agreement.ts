import { UserError } from "../../../shared/errors.ts";
import { type JudgedFile, type Judgements, readJudgedFile } from "../judged/judged-file.ts";
import type { TurnedPairs } from "../judged/judgement.ts";
import { krippendorffsAlpha, type ValuedUnit } from "../statistics/krippendorffs-alpha.ts";
import { type AspectAgreement, agreementOn } from "./aspect-agreement.ts";

/** How far any number of judges agree on an aspect. */
interface JudgesOnAspect {
  aspect: string;
  /** Files that judge it. */
  judges: number;
  /** Things to which two judges or more gave a value. */
  compared: number;
  /** Krippendorff's, over all judges at once; null where no two values differ. */
  alphaNominal: number | null;
  alphaOrdinal: number | null;
  alphaInterval: number | null;
  /** Each two of them. */
  pairs: ({ first: string; second: string } & Omit<AspectAgreement, "aspect" | "table">)[];
}

export interface JudgesAgreement {
  of: JudgedFile["of"];
  judges: Omit<JudgedFile, "aspects" | "of">[];
  aspects: JudgesOnAspect[];
}

/**
 * How far several judges agree: alpha over all of them, which takes what any two have judged, and each two by themselves.
 * Pairs are shown as the first file that has them shows them. Holds the judgements of all files in memory, not their texts.
 * @throws UserError naming the place, or if no two files have anything in common
 */
export async function measureJudges(
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<JudgesAgreement> {
  const twice = paths.find((path, at) => paths.indexOf(path) !== at);
  if (twice !== undefined) throw new UserError(`${twice} is given twice: name each judge's file once.`);
  const turned: TurnedPairs = new Map();
  const files: JudgedFile[] = [];
  for (const path of paths) files.push(await readJudgedFile(path, turned, signal));
  const other = files.find(({ of }) => of !== files[0]!.of);
  if (other) {
    throw new UserError(
      `${files[0]!.path} holds ${files[0]!.of} and ${other.path} ${other.of}: give files of one kind.`,
    );
  }
  const names = new Set(files.flatMap(({ aspects }) => [...aspects.keys()]));
  const aspects = [...names].map((aspect) => onAspect(aspect, files)).filter(({ compared }) => compared > 0);
  if (aspects.length === 0) {
    throw new UserError(
      `No two of ${paths.join(", ")} have judged anything in common: give judgements of the same prompts and responses.`,
    );
  }
  const judges = files.map(({ aspects: _, of: __, ...counts }) => counts);
  return { of: files[0]!.of, judges, aspects };
}

function onAspect(aspect: string, files: readonly JudgedFile[]): JudgesOnAspect {
  const judges = files.flatMap(({ path, aspects }) => {
    const judgements = aspects.get(aspect);
    return judgements ? [{ path, judgements }] : [];
  });
  const units = unitsOf(judges.map(({ judgements }) => judgements));
  const pairs = judges.flatMap((one, at) =>
    judges.slice(at + 1).map((other) => {
      const { aspect: _, table: __, ...agreement } = agreementOn(aspect, one.judgements, other.judgements);
      return { first: one.path, second: other.path, ...agreement };
    }),
  );
  return {
    aspect,
    judges: judges.length,
    compared: units.reduce((sum, { count }) => sum + count, 0),
    alphaNominal: krippendorffsAlpha(units, "nominal"),
    alphaOrdinal: krippendorffsAlpha(units, "ordinal"),
    alphaInterval: krippendorffsAlpha(units, "interval"),
    pairs,
  };
}

/** What judges said of each thing that two of them judged; equal ones are counted together. */
function unitsOf(judges: readonly Judgements[]): ValuedUnit[] {
  const keys = new Set(judges.flatMap((judgements) => [...judgements.keys()]));
  const units = new Map<string, { values: number[]; count: number }>();
  for (const key of keys) {
    const given = judges.map((judgements) => judgements.get(key) ?? null);
    const values = given.filter((value) => value !== null).sort((one, other) => one - other);
    if (values.length < 2) continue;
    const unit = units.get(values.join()) ?? { values, count: 0 };
    unit.count += 1;
    units.set(values.join(), unit);
  }
  return [...units.values()];
}
