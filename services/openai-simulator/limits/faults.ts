import type { Random } from "../../../shared/random.ts";

/** Everything that can be made to go wrong with a request. `garbage` is `not_json` or `no_choices`, evenly. */
export const FAULT_KINDS = [
  "400",
  "429",
  "500",
  "503",
  "insufficient_quota",
  "reset",
  "hang",
  "garbage",
  "not_json",
  "no_choices",
  "refusal",
  "content_filter",
  "length",
  "nonsense",
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** A request whose user text contains the marker always gets the fault. */
export type PoisonRule = { marker: string; fault: FaultKind };

/** The kinds with the upper ends of their intervals on [0, 1). */
export type FaultTable<Kind extends string = FaultKind> = { kind: Kind; below: number }[];

/** The table of `shares`; `kinds` gives the order of the intervals. */
export function faultTable<Kind extends string>(
  shares: Partial<Record<Kind, number>>,
  kinds: readonly Kind[],
): FaultTable<Kind> {
  let below = 0;
  return kinds
    .filter((kind) => (shares[kind] ?? 0) > 0)
    .map((kind) => {
      below += shares[kind]!;
      return { kind, below };
    });
}

/** The fault that a draw selects, or null; takes one number of `random`. */
export function drawFault<Kind extends string>(table: FaultTable<Kind>, random: Random): Kind | null {
  if (table.length === 0) return null;
  const drawn = random();
  return table.find(({ below }) => drawn < below)?.kind ?? null;
}

/** The fault of the first rule whose marker stands in the text. */
export function poisonedBy(rules: PoisonRule[], userText: string): FaultKind | null {
  return rules.find(({ marker }) => userText.includes(marker))?.fault ?? null;
}
